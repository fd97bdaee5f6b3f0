package intake

import (
	"errors"
	"time"

	"github.com/google/uuid"
)

// scheduleNamespace keeps the ids of scheduled messages apart from all others; it never changes, or the same event
// would make another message.
var scheduleNamespace = uuid.MustParse("6f1f6c52-2f2a-4b56-9d0e-3c0c9b7d5a11") //nolint:gochecknoglobals // a constant

// ErrNoSchedule means: the event does not say which schedule fired, or when.
var ErrNoSchedule = errors.New("the event names no schedule or no scheduled time")

// ScheduledID is the id of the message that a schedule makes at a time: an event delivered twice makes one message.
func ScheduledID(schedule string, at time.Time) (string, error) {
	if schedule == "" || at.IsZero() {
		return "", ErrNoSchedule
	}
	name := schedule + "\x00" + at.UTC().Format(time.RFC3339Nano)
	return uuid.NewSHA1(scheduleNamespace, []byte(name)).String(), nil
}
