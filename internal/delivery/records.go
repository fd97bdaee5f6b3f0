package delivery

import (
	"context"
	"errors"
	"fmt"

	"github.com/rezagent/rez_agent/internal/message"
)

// Records are the message records that the states read and write.
type Records interface {
	// Load reads a record consistently. Errors: message.ErrNotFound.
	Load(ctx context.Context, id string) (message.Record, error)
	// Save writes what differs, on condition that nobody wrote since prev was read. Errors: message.ErrConflict,
	// message.ErrNotFound.
	Save(ctx context.Context, prev, next message.Record) error
}

// saveTries bounds the read-decide-write loop. Few write one message at the same time: its executions, the sweeper, an
// operator.
const saveTries = 8

// change reads a record, lets decide say what becomes of it, and writes that; it decides again where somebody else was
// faster. It returns the record as it then stands.
func change(
	ctx context.Context, records Records, id string, decide func(message.Record) (message.Record, error),
) (message.Record, error) {
	rec, err := records.Load(ctx, id)
	if err != nil {
		return message.Record{}, fmt.Errorf("read message %s: %w", id, err)
	}
	return changeFrom(ctx, records, rec, decide)
}

// changeFrom is change on a record that was just read.
func changeFrom(
	ctx context.Context, records Records, rec message.Record, decide func(message.Record) (message.Record, error),
) (message.Record, error) {
	for range saveTries {
		next, err := decide(rec)
		if err != nil || next.Version == rec.Version {
			return next, err
		}
		err = records.Save(ctx, rec, next)
		if err == nil {
			return next, nil
		}
		if !errors.Is(err, message.ErrConflict) {
			return rec, fmt.Errorf("write message %s: %w", rec.ID, err)
		}
		if rec, err = records.Load(ctx, rec.ID); err != nil {
			return rec, fmt.Errorf("read message again: %w", err)
		}
	}
	return rec, fmt.Errorf("write message %s, %d times in vain: %w", rec.ID, saveTries, message.ErrConflict)
}
