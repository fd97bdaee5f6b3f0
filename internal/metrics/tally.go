package metrics

import (
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// tally collects deltas, one for each series and hour.
type tally []Delta

// at is the counters of a record's series in the hour of t. They are good until the next call.
func (t *tally) at(rec message.Record, moment time.Time) *Counters {
	return t.in(MessageSeries(rec.Stage, rec.Type), HourOf(moment))
}

func (t *tally) in(series Series, hour time.Time) *Counters {
	for i := range *t {
		if d := &(*t)[i]; d.Series == series && d.Hour.Equal(hour) {
			return &d.Counters
		}
	}
	*t = append(*t, Delta{Series: series, Hour: hour})
	return &(*t)[len(*t)-1].Counters
}

// Merge adds up deltas, so that each series and hour is left once.
func Merge(deltas []Delta) []Delta {
	var t tally
	for _, d := range deltas {
		c := t.in(d.Series, d.Hour)
		*c = c.Plus(d.Counters)
	}
	return t
}
