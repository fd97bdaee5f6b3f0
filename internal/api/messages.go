package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/wire"
)

type createMessageInput struct {
	Key  string `header:"Idempotency-Key" doc:"Makes a repeated request the same message; any text of your own" minLength:"1" maxLength:"255" pattern:"^[!-~]+$" example:"backup-2026-11-25"`
	Body wire.CreateMessage
}

type acceptedOutput struct {
	Location string `header:"Location" doc:"The message in the API"`
	Body     wire.Accepted
}

func (s *Service) createMessage(ctx context.Context, in *createMessageInput) (*acceptedOutput, error) {
	if fault := s.lacksChannelOf(in.Body.MessageType); fault != nil {
		return nil, fault
	}
	if fault := checkPayload(in.Body.MessageType, in.Body.Payload); fault != nil {
		return nil, fault
	}
	caller, _ := auth.CallerFrom(ctx)
	request := intake.Request{Type: in.Body.MessageType, Payload: string(in.Body.Payload), CreatedBy: caller.Name}
	if in.Key != "" {
		request.ID = intake.KeyedID(caller.Subject, in.Key)
		request.BodyHash = bodyHash(in.Body)
	}
	rec, err := s.Intake.Accept(ctx, request)
	switch {
	case errors.Is(err, intake.ErrOtherBody):
		return nil, problem(CodeIdempotencyMismatch, "", wire.ProblemField{
			Field: "Idempotency-Key", Problem: "came before with another body", Allowed: "a new key, or the same body",
		})
	case errors.Is(err, intake.ErrInvalid):
		return nil, problem(CodeInvalidField, err.Error())
	case err != nil:
		return nil, fmt.Errorf("accept a message: %w", err)
	}
	audit(ctx, "create", rec.ID, zap.String("message_type", rec.Type))
	// A repeat gets the first answer again, whatever became of the message since.
	return &acceptedOutput{Location: self(rec.ID), Body: wire.Accepted{
		ID: rec.ID, Status: string(message.StatusCreated), Generation: 1, CreatedAt: rec.CreatedAt, Links: wire.Links{Self: self(rec.ID)},
	}}, nil
}

// bodyHash tells two bodies apart that mean different things; white space means nothing.
func bodyHash(body wire.CreateMessage) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, body.Payload); err != nil { // it was read as JSON before
		compact.Write(body.Payload)
	}
	sum := sha256.Sum256([]byte(body.MessageType + "\x00" + compact.String()))
	return hex.EncodeToString(sum[:])
}

// checkPayload says what is wrong with a payload, field by field.
func checkPayload(kind string, payload []byte) error {
	known, err := messagetype.Lookup(kind)
	if err != nil {
		return invalid("message_type", err.Error(), "")
	}
	err = known.Check(payload)
	var faults *ntfy.Invalid
	switch {
	case err == nil:
		if fault := refuseNull(payload); fault != nil {
			return fault
		}
		return nil
	case errors.As(err, &faults):
		fields := make([]wire.ProblemField, 0, len(faults.Faults))
		for _, fault := range faults.Faults {
			fields = append(fields, wire.ProblemField{Field: "payload." + fault.Field, Problem: fault.Problem, Allowed: fault.Allowed})
		}
		return problem(CodeInvalidField, withFields("", fields), fields...)
	default:
		return problem(CodeInvalidField, err.Error(), wire.ProblemField{Field: "payload", Problem: err.Error()})
	}
}

// FilterInput are the parameters that choose messages; exported, since huma reads no parameters of an unexported struct.
type FilterInput struct {
	Status        string    `query:"status" doc:"Where the messages stand" enum:"created,processing,deferred,completed,failed" example:"failed"`
	Stage         string    `query:"stage" doc:"The deployment they belong to" minLength:"1" maxLength:"32" example:"prod"`
	MessageType   string    `query:"message_type" doc:"Their kind" minLength:"1" maxLength:"64" example:"notification"`
	CreatedBy     string    `query:"created_by" doc:"Who made them" minLength:"1" maxLength:"256" example:"user:alice"`
	CreatedAfter  time.Time `query:"created_after" doc:"Only messages accepted at this time or later" example:"2026-11-25T00:00:00Z"`
	CreatedBefore time.Time `query:"created_before" doc:"Only messages accepted before this time" example:"2026-11-26T00:00:00Z"`
}

type listMessagesInput struct {
	FilterInput

	Cursor string `query:"cursor" doc:"The cursor that the page before gave" minLength:"1" maxLength:"1024" example:"eyJwIjoi"`
	Limit  int    `query:"limit" doc:"How many messages at most" minimum:"1" maximum:"100" default:"50" example:"50"`
}

type messagePageOutput struct {
	Body wire.MessagePage
}

func (s *Service) listMessages(ctx context.Context, in *listMessagesInput) (*messagePageOutput, error) {
	page, err := s.Lister.List(ctx, listing.Filter{
		Status: message.Status(in.Status), Stage: in.Stage, Type: in.MessageType, CreatedBy: in.CreatedBy,
		After: in.CreatedAfter, Before: in.CreatedBefore,
	}, in.Cursor, in.Limit)
	if errors.Is(err, listing.ErrCursor) {
		return nil, problem(CodeInvalidCursor, "")
	}
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	out := wire.MessagePage{Items: summaries(page.Records), Next: page.Next}
	if page.Next != "" {
		out.SearchedTo = moment(page.SearchedTo)
	}
	return &messagePageOutput{Body: out}, nil
}

// IDInput is the path's id; exported, since huma reads no parameters of an unexported struct.
type IDInput struct {
	ID string `path:"id" doc:"Its UUID" format:"uuid" maxLength:"36" example:"0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"`
}

type messageOutput struct {
	Body wire.Message
}

func (s *Service) getMessage(ctx context.Context, in *IDInput) (*messageOutput, error) {
	rec, err := s.Records.Load(ctx, in.ID)
	if errors.Is(err, message.ErrNotFound) {
		return nil, noMessage(in.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("show a message: %w", err)
	}
	return &messageOutput{Body: s.whole(rec)}, nil
}

func noMessage(id string) *Problem {
	return problem(CodeNotFound, "there is no message "+id)
}

type replayMessageInput struct {
	IDInput

	Body *wire.ReplayMessage
}

func (s *Service) replayMessage(ctx context.Context, in *replayMessageInput) (*acceptedOutput, error) {
	seen := 0
	if in.Body != nil {
		seen = in.Body.Generation
	}
	rec, err := s.Intake.Replay(ctx, in.ID, seen, by(ctx))
	switch {
	case errors.Is(err, message.ErrNotFound):
		return nil, noMessage(in.ID)
	case errors.Is(err, message.ErrNotAllowed) && seen != 0 && rec.Generation != seen:
		return nil, problem(CodeChanged, fmt.Sprintf("the message is at generation %d, not %d", rec.Generation, seen))
	case errors.Is(err, message.ErrNotAllowed):
		return nil, problem(CodeWrongStatus, fmt.Sprintf("the message is %s: only a completed, failed or deferred one can be replayed", rec.Status))
	case errors.Is(err, message.ErrConflict):
		return nil, problem(CodeChanged, "")
	case err != nil:
		return nil, fmt.Errorf("replay a message: %w", err)
	}
	audit(ctx, "replay", rec.ID, zap.Int("generation", rec.Generation))
	return &acceptedOutput{Location: self(rec.ID), Body: accepted(rec)}, nil
}

func accepted(rec message.Record) wire.Accepted {
	return wire.Accepted{
		ID: rec.ID, Status: string(rec.Status), Generation: rec.Generation, CreatedAt: rec.CreatedAt, Links: wire.Links{Self: self(rec.ID)},
	}
}
