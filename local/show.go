package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/stack"
)

type showCommand struct {
	ID string `arg:"" help:"The message's id."`
}

func (c showCommand) Run(ctx context.Context, w world) error {
	a, err := stack.Open(w.root, w.name)
	if err != nil {
		return err
	}
	rec, err := a.Messages().Load(ctx, c.ID)
	if errors.Is(err, message.ErrNotFound) {
		return fmt.Errorf("there is no message %s", c.ID)
	}
	if err != nil {
		return err
	}
	return show(w.out, rec)
}

// view is a record as a person reads it: under the names that the table has, in the order in which things happened,
// without what is not set.
type view struct {
	ID               string          `json:"message_id"`
	Status           message.Status  `json:"status"`
	Reason           message.Reason  `json:"reason,omitzero"`
	Detail           string          `json:"detail,omitzero"`
	Type             string          `json:"message_type"`
	Channel          string          `json:"channel"`
	Stage            string          `json:"stage"`
	Payload          json.RawMessage `json:"payload"`
	CreatedBy        string          `json:"created_by"`
	CreatedAt        time.Time       `json:"created_date"`
	UpdatedAt        time.Time       `json:"updated_date"`
	Deadline         time.Time       `json:"deadline,omitzero"`
	Generation       int             `json:"generation"`
	Deferrals        int             `json:"deferrals"`
	NextAttemptAt    time.Time       `json:"next_attempt_at,omitzero"`
	SlotAt           time.Time       `json:"slot_at,omitzero"`
	LeaseUntil       time.Time       `json:"lease_until,omitzero"`
	ExecutionARN     string          `json:"execution_arn,omitzero"`
	ExecutionStarted time.Time       `json:"execution_started,omitzero"`
	Attempts         []viewOfAttempt `json:"attempts"`
	Swept            int             `json:"swept,omitzero"`
	NextSweepAt      time.Time       `json:"next_sweep_at,omitzero"`
	ExpiresAt        time.Time       `json:"expires_at,omitzero"`
	Version          int             `json:"version"`
}

type viewOfAttempt struct {
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	Status  int       `json:"http_status,omitzero"`
	Code    int       `json:"ntfy_code,omitzero"`
	Latency int64     `json:"latency_ms"`
	NtfyID  string    `json:"ntfy_id,omitzero"`
	Detail  string    `json:"detail,omitzero"`
	RetryAt time.Time `json:"retry_at,omitzero"`
}

func show(out io.Writer, rec message.Record) error {
	attempts := make([]viewOfAttempt, 0, len(rec.Attempts))
	for _, a := range rec.Attempts {
		attempts = append(attempts, viewOfAttempt{
			At: a.At, Outcome: a.Outcome, Status: a.Status, Code: a.Code, Latency: a.Latency.Milliseconds(),
			NtfyID: a.NtfyID, Detail: a.Detail, RetryAt: a.RetryAt,
		})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(view{
		ID: rec.ID, Status: rec.Status, Reason: rec.Reason, Detail: rec.Detail, Type: rec.Type, Channel: rec.Channel,
		Stage: rec.Stage, Payload: json.RawMessage(rec.Payload), CreatedBy: rec.CreatedBy, CreatedAt: rec.CreatedAt,
		UpdatedAt: rec.UpdatedAt, Deadline: rec.Deadline, Generation: rec.Generation, Deferrals: rec.Deferrals,
		NextAttemptAt: rec.NextAttemptAt, SlotAt: rec.SlotAt, LeaseUntil: rec.LeaseUntil, ExecutionARN: rec.ExecutionARN,
		ExecutionStarted: rec.ExecutionStarted, Attempts: attempts, Swept: rec.Swept, NextSweepAt: rec.NextSweepAt,
		ExpiresAt: rec.ExpiresAt, Version: rec.Version,
	})
	if err != nil {
		return fmt.Errorf("print message %s: %w", rec.ID, err)
	}
	return nil
}
