package backstage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/stack"
)

// past asks for messages that were accepted a while ago and have ended since.
type past struct {
	Count int `json:"count"`
	// Age is how long ago the first was accepted, Step the time to the next; both in milliseconds.
	Age  int64 `json:"age_ms"`
	Step int64 `json:"step_ms"`
	// Took is how long each was under way, in milliseconds.
	Took    int64           `json:"took_ms"`
	By      string          `json:"created_by"`
	Type    string          `json:"message_type"`
	Payload json.RawMessage `json:"payload"`
	Status  message.Status  `json:"status"`
	Reason  message.Reason  `json:"reason"`
	Detail  string          `json:"detail"`
	// Attempts are what ntfy answered, the last one at the end; empty leaves the record without any.
	Attempts []attempt `json:"attempts"`
}

type attempt struct {
	Outcome string `json:"outcome"`
	Status  int    `json:"status"`
	Code    int    `json:"code"`
	Detail  string `json:"detail"`
}

// atOnce keeps the emulator busy and not more.
const atOnce = 16

// makePast writes the records as the pipeline would have: the counters count them in their own hours.
func makePast(ctx context.Context, a *stack.Addresses, asked past) ([]string, error) {
	ids := make([]string, asked.Count)
	first := time.Now().Add(-ms(asked.Age))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range ids {
		group.Go(func() (err error) {
			ids[i], err = asked.make(ctx, a, first.Add(time.Duration(i)*ms(asked.Step)))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("make the past: %w", err)
	}
	return ids, nil
}

func (p past) make(ctx context.Context, a *stack.Addresses, at time.Time) (string, error) {
	begun := message.New(uuid.NewString(), p.Type, contract.ChannelNtfy, stack.Stage, p.By, string(p.Payload), at,
		message.TimesOf(a.Settings()))
	ended := begun
	// Until it has ended, the next write, the sweeper takes it for one that was left behind.
	begun.NextSweepAt = message.Moment(time.Now().Add(time.Hour))
	ended.Status, ended.Reason, ended.Detail = p.Status, p.Reason, p.Detail
	ended.UpdatedAt = message.Moment(at.Add(ms(p.Took)))
	ended.Version++
	for i, one := range p.Attempts {
		made := message.Attempt{
			At: message.Moment(at.Add(ms(p.Took) * time.Duration(i+1) / time.Duration(len(p.Attempts)+1))), Outcome: one.Outcome,
			Status: one.Status, Code: one.Code, Detail: one.Detail, Latency: ms(p.Took) / time.Duration(len(p.Attempts)+1),
		}
		ended.Attempts = append(ended.Attempts, made)
	}
	records := a.Messages()
	if err := records.Create(ctx, begun); err != nil {
		return "", err
	}
	return begun.ID, records.Save(ctx, begun, ended)
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
