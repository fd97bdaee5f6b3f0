package metrics

import (
	"errors"
	"iter"
)

// ErrConflict means: the counters were changed by somebody else since they were read.
var ErrConflict = errors.New("counters were changed by somebody else meanwhile")

// Counters are what is counted in one series and hour, or in many together.
type Counters struct { //nolint:recvcheck // All gives places to write to; everything else reads
	// Accepted counts new messages, Replayed new generations of old ones.
	Accepted, Replayed int
	// Completed counts deliveries.
	Completed int
	// Refused, Expired and Faulted count ends without one: refused by ntfy, past the deadline, broken by something of ours.
	Refused, Expired, Faulted int
	// Deferrals counts how often messages were put off, Attempts the requests to ntfy that the records note.
	Deferrals, Attempts int
	// Opened and Closed count a circuit's changes; a probe that failed is none.
	Opened, Closed int
	// Latency is how long the completed ones took.
	Latency Histogram
}

// All gives every counter by the name under which it is kept. The names never change their meaning.
func (c *Counters) All() iter.Seq2[string, *int] {
	return func(yield func(string, *int) bool) {
		for _, named := range []struct {
			name  string
			value *int
		}{
			{"accepted", &c.Accepted},
			{"replayed", &c.Replayed},
			{"completed", &c.Completed},
			{"refused", &c.Refused},
			{"expired", &c.Expired},
			{"faulted", &c.Faulted},
			{"deferrals", &c.Deferrals},
			{"attempts", &c.Attempts},
			{"opened", &c.Opened},
			{"closed", &c.Closed},
		} {
			if !yield(named.name, named.value) {
				return
			}
		}
		for i, b := range buckets() {
			if !yield(b.name, &c.Latency[i]) {
				return
			}
		}
	}
}

// Plus is the sum of both.
func (c Counters) Plus(other Counters) Counters {
	return c.merged(other, func(a, b int) int { return a + b })
}

// raised is the larger of both, counter by counter.
func (c Counters) raised(other Counters) Counters {
	return c.merged(other, func(a, b int) int { return max(a, b) })
}

// merged combines the counters of both, one by one.
func (c Counters) merged(other Counters, combine func(a, b int) int) Counters {
	others, i := other.values(), 0
	for _, value := range c.All() {
		*value = combine(*value, others[i])
		i++
	}
	return c
}

// values are the counters in the order of All.
func (c Counters) values() []int {
	values := make([]int, 0, 10+bucketCount)
	for _, value := range c.All() {
		values = append(values, *value)
	}
	return values
}

// Failed is how many messages ended without a delivery, for whatever reason.
func (c Counters) Failed() int { return c.Refused + c.Expired + c.Faulted }

// SuccessRate is the share of the completed in all that ended, 0 to 1; ok is false where nothing ended.
func (c Counters) SuccessRate() (rate float64, ok bool) {
	ended := c.Completed + c.Failed()
	if ended == 0 {
		return 0, false
	}
	return float64(c.Completed) / float64(ended), true
}
