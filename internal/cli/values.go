package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/wire"
)

var (
	uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	agoForm  = regexp.MustCompile(`^(\d{1,6})(s|m|h|d|w)$`)
)

// messageID is the UUID of a message, schedule or replay. It becomes part of a path, so nothing else may pass.
type messageID string

// UnmarshalText takes a UUID.
func (id *messageID) UnmarshalText(text []byte) error {
	if !uuidForm.Match(text) {
		return fmt.Errorf("%.60q is no id: ids look like 0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11", text)
	}
	*id = messageID(strings.ToLower(string(text)))
	return nil
}

// moment is a time as people say it: a date, a date with a time, or how long ago.
type moment struct {
	at  time.Time
	ago time.Duration
	set bool
}

// UnmarshalText takes 2026-11-25, 2026-11-25T08:00 (both by this machine's clock), RFC 3339, or 90m, 24h, 7d: so long ago.
func (m *moment) UnmarshalText(text []byte) error {
	if parts := agoForm.FindStringSubmatch(string(text)); parts != nil {
		n, err := strconv.Atoi(parts[1])
		m.ago, m.set = time.Duration(n)*unit(parts[2]), true
		return err
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, string(text), time.Local); err == nil { //nolint:gosmopolitan // people mean their own clock
			m.at, m.set = at, true
			return nil
		}
	}
	return errors.New("is no time: say 2026-11-25, 2026-11-25T08:00, 2026-11-25T08:00:00Z, or how long ago: 90m, 24h, 7d")
}

func unit(letter string) time.Duration {
	switch letter {
	case "s":
		return time.Second
	case "m":
		return time.Minute
	case "h":
		return time.Hour
	case "d":
		return 24 * time.Hour
	default:
		return 7 * 24 * time.Hour
	}
}

func (m *moment) time(now time.Time) *time.Time {
	if !m.set {
		return nil
	}
	at := m.at
	if at.IsZero() {
		at = now.Add(-m.ago)
	}
	return &at
}

// filterFlags choose messages.
type filterFlags struct {
	Status        string `enum:",created,processing,deferred,completed,failed" default:"" placeholder:"STATUS" help:"Where they stand: created, processing, deferred, completed or failed."`
	Stage         string `placeholder:"STAGE" help:"The deployment that they belong to."`
	Type          string `placeholder:"TYPE" help:"Their message type."`
	CreatedBy     string `placeholder:"WHO" help:"Who made them, as in user:alice."`
	CreatedAfter  moment `placeholder:"TIME" help:"Made at this time or later: 2026-11-25, 2026-11-25T08:00, or how long ago: 90m, 24h, 7d."`
	CreatedBefore moment `placeholder:"TIME" help:"Made before this time, said likewise."`
}

func (f *filterFlags) filter(now time.Time) wire.MessageFilter {
	return wire.MessageFilter{
		Status: f.Status, Stage: f.Stage, MessageType: f.Type, CreatedBy: f.CreatedBy,
		CreatedAfter: f.CreatedAfter.time(now), CreatedBefore: f.CreatedBefore.time(now),
	}
}
