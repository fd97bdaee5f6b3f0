package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/standin"
)

// publicBurst is how many requests the public ntfy takes at once before it allows one each 5 s.
const publicBurst = 60

func TestSixHundredMessagesPassThePublicLimits(t *testing.T) {
	s := begin(t)
	const messages, atOnce = 600, 16
	spacing := deployed.Settings().Limits.Spacing
	s.breakNtfy(standin.Fault{Kind: standin.RateLimit, Burst: publicBurst, Every: spacing})
	s.sendMany(messages, atOnce)
	s.eventually((messages-publicBurst)*spacing*3/2+time.Minute, "ntfy shows all of them", func() (bool, string) {
		counts := deployed.Standin.Counts()
		return counts.Delivered-counts.Replaced >= messages, fmt.Sprintf("%+v", counts)
	})
	s.allCompleted(soon)

	s.booksUpdated()
	require.Empty(t, s.deadLetters())
	s.requireClosed()
	refused := deployed.Standin.Counts().ByStatus[http.StatusTooManyRequests]
	inFlight := s.inFlightAtFirstRefusal()
	t.Logf("%d requests refused, %d executions in flight at the first refusal", refused, inFlight)
	require.LessOrEqual(t, refused, inFlight+messages/20, "whoever comes after the first refusal takes a slot and waits")
}

// mostUnderWay keeps a laptop from starting hundreds of Lambda processes at once: this is about limits, not about load.
const mostUnderWay = 40

func (s *scenario) sendMany(messages, atOnce int) {
	s.Helper()
	ids := make([]string, messages)
	next := make(chan int)
	var all sync.WaitGroup
	in := deployed.Intake()
	for range atOnce {
		all.Go(func() {
			one := &scenario{T: s.T}
			for i := range next {
				ids[i] = one.accept(in, fmt.Sprintf("message %d of many", i))
			}
		})
	}
	for i := range messages {
		s.eventually(time.Minute, "few messages are under way", func() (bool, string) {
			n := i - calls.ended()
			return n < mostUnderWay, fmt.Sprintf("%d are", n)
		})
		next <- i
	}
	close(next)
	all.Wait()
	s.ids = append(s.ids, ids...)
}

// inFlightAtFirstRefusal counts the executions that could not know of the limit yet.
func (s *scenario) inFlightAtFirstRefusal() int {
	s.Helper()
	for _, request := range deployed.Standin.Requests() {
		if request.Status != http.StatusTooManyRequests {
			continue
		}
		n := 0
		for _, run := range calls.runs("") {
			if run.begin.Before(request.At) && (run.end.IsZero() || run.end.After(request.At)) {
				n++
			}
		}
		return n
	}
	require.Fail(s, "ntfy refused nothing")
	return 0
}

// The daily quota is used up: the next try is hours away, longer than SQS can delay an item.
func TestAUsedUpQuotaWaitsWithoutAFault(t *testing.T) {
	s := begin(t)
	s.breakNtfy(standin.Fault{Kind: standin.Quota})
	canary := s.send("the canary")
	s.until(soon, canary, "waits for the hour", func(rec message.Record) bool {
		return rec.Status == message.StatusDeferred && rec.Reason == message.ReasonRateLimited
	})
	waits := s.send("waits for the day")
	rec := s.until(soon, waits, "is final or waits", func(rec message.Record) bool { return rec.Deferrals > 0 || rec.Status.Final() })
	if rec.Status == message.StatusFailed { // midnight lies past the deadline, which is divided and the day is not
		require.Equal(t, message.ReasonExpired, rec.Reason)
	}
	require.Equal(t, 1, deployed.Standin.Counts().Requests, "one message tries, the others wait")

	deployed.Standin.Heal()
	s.forgetCircuit()
	for _, id := range s.ids {
		_, err := deployed.Intake().Replay(s.context(), id, 0, "e2e")
		require.NoError(t, err)
	}
	s.allCompleted(soon)
	s.books()
}
