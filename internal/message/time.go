package message

import "time"

// TimeLayout writes times as RFC 3339 UTC in fixed-width milliseconds, so that text order is time order.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Now is the clock of production: the present moment.
func Now() time.Time { return Moment(time.Now()) }

// Moment cuts t to what a record can hold: UTC, whole milliseconds.
func Moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
