package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/wire"
)

type nothingInput struct{}

// ChannelInput chooses a channel; exported, since huma reads no parameters of an unexported struct.
type ChannelInput struct {
	Channel string `query:"channel" doc:"The way out whose circuit it is" enum:"ntfy,webhook" default:"ntfy" example:"ntfy"`
}

type circuitOutput struct {
	Body wire.Circuit
}

func (s *Service) getCircuit(ctx context.Context, in *ChannelInput) (*circuitOutput, error) {
	if fault := s.lacks("channel", in.Channel); fault != nil {
		return nil, fault
	}
	item, err := s.Breaker.Look(ctx, in.Channel)
	if err != nil {
		return nil, fmt.Errorf("show the circuit: %w", err)
	}
	return &circuitOutput{Body: s.circuitOf(in.Channel, item)}, nil
}

func (s *Service) openCircuit(ctx context.Context, in *ChannelInput) (*circuitOutput, error) {
	return s.move(ctx, in, "open-circuit", s.Breaker.ForceOpen)
}

func (s *Service) resetCircuit(ctx context.Context, in *ChannelInput) (*circuitOutput, error) {
	return s.move(ctx, in, "reset-circuit", s.Breaker.Reset)
}

func (s *Service) move(
	ctx context.Context, in *ChannelInput, act string, change func(ctx context.Context, channel, operator string) error,
) (*circuitOutput, error) {
	if fault := s.lacks("channel", in.Channel); fault != nil {
		return nil, fault
	}
	err := change(ctx, in.Channel, by(ctx))
	if errors.Is(err, circuit.ErrConflict) {
		return nil, problem(CodeChanged, "")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", act, err)
	}
	audit(ctx, act, in.Channel)
	return s.getCircuit(ctx, in)
}

func (s *Service) circuitOf(channel string, item circuit.Item) wire.Circuit {
	c := item.Circuit
	out := wire.Circuit{
		Channel: channel, Channels: s.channels(), State: cmp.Or(string(c.State), string(circuit.Closed)), Cause: string(c.Cause),
		OpenedAt: moment(c.OpenedAt), Trips: c.Trips, Failures: []time.Time{}, ChangedBy: c.ChangedBy,
		Threshold: s.Times.Breaker.Threshold, WindowMS: s.Times.Breaker.Window.Milliseconds(),
	}
	if c.Cause != circuit.CauseForced {
		out.RetryAt = moment(c.RetryAt)
	}
	if c.ProbeOwner != "" {
		out.ProbeUntil = moment(c.ProbeUntil)
	}
	for _, failure := range c.Failures {
		if s.Now().Sub(failure.At) < s.Times.Breaker.Window {
			out.Failures = append(out.Failures, failure.At.UTC())
		}
	}
	out.History = changesOf(c.History)
	if item.Limit.Limited(s.Now()) {
		out.LimitedUntil = moment(item.Limit.NextSlot)
	}
	if item.Limit.QuotaUntil.After(s.Now()) {
		out.QuotaUntil = moment(item.Limit.QuotaUntil)
	}
	return out
}

// changesOf turns a history round: the newest first.
func changesOf(history []circuit.Change) []wire.CircuitChange {
	out := make([]wire.CircuitChange, 0, len(history))
	for _, change := range slices.Backward(history) {
		out = append(out, wire.CircuitChange{
			At: change.At.UTC(), From: string(change.From), To: string(change.To), Reason: string(change.Reason),
			FailedProbes: change.FailedProbes, By: change.By,
		})
	}
	return out
}
