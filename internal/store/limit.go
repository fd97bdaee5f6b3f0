package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/circuit"
)

const (
	nextSlotName   = "next_slot"
	spacingName    = "spacing"
	limitWriteName = "limit_write_id"
)

// limitRow is circuit.Limit in milliseconds, since the epoch where it is a time: DynamoDB itself adds the spacing to
// the newest slot, and it can add numbers only.
type limitRow struct {
	NextSlot   int64 `dynamodbav:"next_slot,omitempty"`
	Spacing    int64 `dynamodbav:"spacing,omitempty"`
	QuotaUntil int64 `dynamodbav:"quota_until,omitempty"`
	CanaryAt   int64 `dynamodbav:"canary_at,omitempty"`
}

// limitNames are all attributes of a limitRow.
func limitNames() []string { return []string{nextSlotName, spacingName, "quota_until", "canary_at"} }

func (r limitRow) limit() circuit.Limit {
	return circuit.Limit{
		NextSlot: fromMillis(r.NextSlot), Spacing: time.Duration(r.Spacing) * time.Millisecond,
		QuotaUntil: fromMillis(r.QuotaUntil), CanaryAt: fromMillis(r.CanaryAt),
	}
}

func encodeLimit(l circuit.Limit) (attributes, error) {
	return attributevalue.MarshalMap(limitRow{
		NextSlot: millis(l.NextSlot), Spacing: l.Spacing.Milliseconds(),
		QuotaUntil: millis(l.QuotaUntil), CanaryAt: millis(l.CanaryAt),
	})
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// SaveLimit implements circuit.Store. Equal limits are no sign of a lost answer, since two messages may well want the
// same next slot: each call has a write id of its own, which only the SDK's own repeat can find there.
func (c *Circuits) SaveLimit(ctx context.Context, channel string, prev, next circuit.Limit) error {
	if err := c.saveLimit(ctx, channel, prev, next); err != nil {
		return fmt.Errorf("save the rate limit of %s: %w", channel, err)
	}
	return nil
}

func (c *Circuits) saveLimit(ctx context.Context, channel string, prev, next circuit.Limit) error {
	before, err := encodeLimit(prev)
	if err != nil {
		return err
	}
	after, err := encodeLimit(next)
	if err != nil {
		return err
	}
	mine := uuid.NewString()
	set := assign(limitNames(), after).Set(expression.Name(limitWriteName), expression.Value(mine))
	in, err := update(c.table, channelKey(channel), set, unchanged(before))
	if err != nil {
		return err
	}
	_, err = c.client.UpdateItem(ctx, in)
	if stored, failed := refused(err); failed {
		if id, ok := stored[limitWriteName].(*types.AttributeValueMemberS); ok && id.Value == mine {
			return nil
		}
		return circuit.ErrConflict
	}
	return err
}

// unchanged is the condition that the stored limit is still the one that was read.
func unchanged(before attributes) expression.ConditionBuilder {
	var all expression.ConditionBuilder
	for i, name := range limitNames() {
		same := expression.AttributeNotExists(expression.Name(name))
		if value, ok := before[name]; ok {
			same = expression.Name(name).Equal(expression.Value(value))
		}
		if i == 0 {
			all = same
		} else {
			all = all.And(same)
		}
	}
	return all
}

// slotRounds bounds TakeSlot. One of its branches always applies, so both fail only where somebody moved next_slot past
// now between the two tries. The first branch of the next round then applies, unless a quota was lifted just then.
const slotRounds = 5

// TakeSlot implements circuit.Store. A repeat of a write whose answer was lost takes one more slot and leaves the first
// one empty.
func (c *Circuits) TakeSlot(ctx context.Context, channel string, now time.Time, base time.Duration) (time.Time, error) {
	step := expression.IfNotExists(expression.Name(spacingName), expression.Value(base.Milliseconds()))
	newest, at := expression.Name(nextSlotName), expression.Value(now.UnixMilli())
	queueUp := expression.Set(newest, newest.Plus(step))
	startAnew := expression.Set(newest, at.Plus(step))
	limited := newest.GreaterThan(at)
	free := expression.AttributeNotExists(newest).Or(newest.LessThanEqual(at))
	for range slotRounds {
		slot, taken, err := c.takeSlot(ctx, channel, queueUp, limited)
		if err == nil && !taken {
			slot, taken, err = c.takeSlot(ctx, channel, startAnew, free)
		}
		if err != nil {
			return time.Time{}, fmt.Errorf("take a slot of %s: %w", channel, err)
		}
		if taken {
			return slot, nil
		}
	}
	return time.Time{}, fmt.Errorf("take a slot of %s, %d times in vain: %w", channel, slotRounds, circuit.ErrConflict)
}

// takeSlot tries one branch; taken is false where its condition does not hold.
func (c *Circuits) takeSlot(
	ctx context.Context, channel string, set expression.UpdateBuilder, on expression.ConditionBuilder,
) (slot time.Time, taken bool, err error) {
	in, err := update(c.table, channelKey(channel), set, on)
	if err != nil {
		return time.Time{}, false, err
	}
	in.ReturnValues = types.ReturnValueUpdatedNew
	out, err := c.client.UpdateItem(ctx, in)
	if _, failed := refused(err); failed {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	var r limitRow
	if err := attributevalue.UnmarshalMap(out.Attributes, &r); err != nil {
		return time.Time{}, false, fmt.Errorf("read the slot: %w", err)
	}
	return fromMillis(r.NextSlot), true, nil
}
