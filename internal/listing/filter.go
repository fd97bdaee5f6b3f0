// Package listing finds messages, newest first, whatever they are filtered by. A page costs the same however many
// messages there are: each call reads a bounded number of index entries and then those messages themselves, so that the
// status it shows is the true one; where it found less than was asked, it says how far it looked and how to go on.
package listing

import (
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Filter chooses messages; what is zero does not matter.
type Filter struct {
	Status    message.Status `json:"status,omitempty"`
	Stage     string         `json:"stage,omitempty"`
	Type      string         `json:"type,omitempty"`
	CreatedBy string         `json:"created_by,omitempty"`
	// After and Before bound when messages were accepted: at After or later, before Before.
	After  time.Time `json:"after,omitzero"`
	Before time.Time `json:"before,omitzero"`
}

// Matches reports whether the filter chooses a message.
func (f Filter) Matches(rec message.Record) bool {
	return (f.Status == "" || f.Status == rec.Status) &&
		(f.Stage == "" || f.Stage == rec.Stage) &&
		(f.Type == "" || f.Type == rec.Type) &&
		(f.CreatedBy == "" || f.CreatedBy == rec.CreatedBy) &&
		f.span().Holds(rec.CreatedAt)
}

func (f Filter) span() message.Span { return message.Span{After: f.After, Before: f.Before} }

// byIndexAlone reports whether the status index itself knows all that the filter asks for, give or take its last second.
func (f Filter) byIndexAlone() bool {
	return f.Type == "" && f.CreatedBy == "" && (f.Status == message.StatusFailed || f.Status == message.StatusDeferred)
}
