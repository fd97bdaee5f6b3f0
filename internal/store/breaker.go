package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
)

const writeIDName = "write_id"

// breaker is circuit.Circuit under the table's names: the same fields in the same order, so that one converts into the
// other.
type breaker struct {
	State      circuit.State     `dynamodbav:"state,omitempty"`
	Cause      circuit.Cause     `dynamodbav:"cause,omitempty"`
	Failures   []circuit.Failure `dynamodbav:"-"`
	OpenedAt   time.Time         `dynamodbav:"opened_at,omitempty"`
	RetryAt    time.Time         `dynamodbav:"retry_at,omitempty"`
	Trips      int               `dynamodbav:"trips,omitempty"`
	ProbeOwner string            `dynamodbav:"probe_owner,omitempty"`
	ProbeUntil time.Time         `dynamodbav:"probe_until,omitempty"`
	History    []circuit.Change  `dynamodbav:"-"`
	ChangedBy  string            `dynamodbav:"changed_by,omitempty"`
	WriteID    string            `dynamodbav:"write_id,omitempty"`
	Version    int               `dynamodbav:"version,omitempty"`
}

type breakerRow struct {
	breaker

	Failures []failure `dynamodbav:"failures,omitempty"`
	// History holds a line for each change: the names of five attributes, twenty times, would be half of the item.
	History []string `dynamodbav:"history,omitempty"`
}

// failure is circuit.Failure under the table's names.
type failure struct {
	At time.Time `dynamodbav:"at,omitempty"`
	ID string    `dynamodbav:"id,omitempty"`
}

// breakerNames are all attributes of a breakerRow: a write sets or removes each of them, and nothing else.
func breakerNames() []string {
	return []string{
		"state", "cause", "failures", "opened_at", "retry_at", "trips", "probe_owner", "probe_until", "history", "changed_by",
		writeIDName, versionName,
	}
}

// changeLine writes a change: time, from, to, reason, failed probes, who, with blanks between them.
func changeLine(c circuit.Change) string {
	return fmt.Sprintf("%s %s %s %s %d %s", c.At.UTC().Format(message.TimeLayout), c.From, c.To, c.Reason, c.FailedProbes, c.By)
}

// readChange reads a line back. One that somebody edited into something else is passed over: delivery needs the circuit,
// and not its history.
func readChange(line string) (circuit.Change, bool) {
	const fields = 6
	parts := strings.SplitN(line, " ", fields)
	if len(parts) != fields {
		return circuit.Change{}, false
	}
	at, err := time.Parse(message.TimeLayout, parts[0])
	probes, notNumber := strconv.Atoi(parts[4])
	return circuit.Change{
		At: at.UTC(), From: circuit.State(parts[1]), To: circuit.State(parts[2]), Reason: circuit.Reason(parts[3]), FailedProbes: probes, By: parts[5],
	}, err == nil && notNumber == nil
}

func (r breakerRow) circuit() circuit.Circuit {
	c := circuit.Circuit(r.breaker)
	for _, f := range r.Failures {
		c.Failures = append(c.Failures, circuit.Failure(f))
	}
	for _, line := range r.History {
		if change, ok := readChange(line); ok {
			c.History = append(c.History, change)
		}
	}
	return c
}

func encodeBreaker(c circuit.Circuit) (attributes, error) {
	r := breakerRow{breaker: breaker(c)}
	for _, f := range c.Failures {
		r.Failures = append(r.Failures, failure(f))
	}
	for _, change := range c.History {
		r.History = append(r.History, changeLine(change))
	}
	return attributevalue.MarshalMapWithOptions(r, encodeTimes)
}

// SaveCircuit implements circuit.Store.
func (c *Circuits) SaveCircuit(ctx context.Context, channel string, next circuit.Circuit) error {
	if err := c.saveCircuit(ctx, channel, next); err != nil {
		return fmt.Errorf("save circuit %s version %d: %w", channel, next.Version, err)
	}
	return nil
}

func (c *Circuits) saveCircuit(ctx context.Context, channel string, next circuit.Circuit) error {
	values, err := encodeBreaker(next)
	if err != nil {
		return err
	}
	condition := expression.Name(versionName).Equal(expression.Value(next.Version - 1))
	if next.Version == 1 { // the channel was never written, or only its limit was
		condition = expression.AttributeNotExists(expression.Name(versionName))
	}
	in, err := update(c.table, channelKey(channel), assign(breakerNames(), values), condition)
	if err != nil {
		return err
	}
	_, err = c.client.UpdateItem(ctx, in)
	if stored, failed := refused(err); failed {
		if id, ok := stored[writeIDName].(*types.AttributeValueMemberS); ok && id.Value == next.WriteID {
			return nil
		}
		return circuit.ErrConflict
	}
	return err
}
