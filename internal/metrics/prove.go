package metrics

import "github.com/rezagent/rez_agent/internal/message"

// Prove gives what a record, as it is, shows of its own past: its acceptance, its attempts, the replays that somebody
// asked for, and the end of its newest generation. Something that is no record shows nothing.
//
// A record cannot show
//   - how earlier generations of a replayed message ended, nor the first end of one that was redriven;
//   - when it was deferred, or started again by hand in the console;
//   - attempts and acts beyond message.MaxAttempts and message.MaxActs.
func (m Meter) Prove(rec message.Record) []Delta {
	if check(&rec) != nil {
		return nil
	}
	var t tally
	t.at(rec, rec.CreatedAt).Accepted++
	for _, attempt := range rec.Attempts {
		t.at(rec, attempt.At).Attempts++
	}
	for _, act := range rec.Acts {
		if act.What == message.ActReplayed {
			t.at(rec, act.At).Replayed++
		}
	}
	m.countEnd(&t, rec)
	return t
}
