package message

import (
	"errors"
	"fmt"
	"strings"
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

// IndexKey is one entry of an index that lists messages by the time of their acceptance.
type IndexKey struct {
	ID        string
	CreatedAt time.Time
}

// positionSeparator stands in no time and in no id.
const positionSeparator = "/"

// Position is where a list that ended with this entry goes on.
func (k IndexKey) Position() string {
	return k.CreatedAt.UTC().Format(TimeLayout) + positionSeparator + k.ID
}

// ParsePosition reads what Position wrote.
func ParsePosition(position string) (IndexKey, error) {
	created, id, _ := strings.Cut(position, positionSeparator)
	at, err := time.Parse(TimeLayout, created)
	if err != nil || id == "" {
		return IndexKey{}, fmt.Errorf("position %q is not one that a page gave", position)
	}
	return IndexKey{ID: id, CreatedAt: at}, nil
}

// Span is a stretch of time: from After, up to and without Before. A zero end is open.
type Span struct{ After, Before time.Time }

// Holds reports whether t lies in the span.
func (s Span) Holds(t time.Time) bool {
	return !t.Before(s.After) && (s.Before.IsZero() || t.Before(s.Before))
}

// IndexPage is one page of an index, newest first. Next is empty on the last page; otherwise the list goes on from
// there, also where Keys is empty.
type IndexPage struct {
	Keys []IndexKey
	Next string
}
