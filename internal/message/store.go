package message

import (
	"errors"
	"time"
)

// ErrNotFound means: no record has this id; it never had, or its time to live took it.
var ErrNotFound = errors.New("no such message")

// ErrExists means: a record with this id is there already.
var ErrExists = errors.New("message exists already")

// ErrConflict means: somebody else wrote the record since it was read. Read again and decide again.
var ErrConflict = errors.New("message was changed by somebody else meanwhile")

// PendingKey is what the status index knows of a message that is not completed.
type PendingKey struct {
	ID            string
	CreatedAt     time.Time
	NextAttemptAt time.Time
	NextSweepAt   time.Time
}

// PendingPage is one page of the status index, oldest first. Next is empty on the last page; otherwise it goes on from
// there, also where Keys is empty.
type PendingPage struct {
	Keys []PendingKey
	Next string
}
