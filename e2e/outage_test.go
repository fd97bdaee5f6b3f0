package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/standin"
)

func TestAnOutageOpensTheCircuitAndLosesNothing(t *testing.T) {
	s := begin(t)
	s.breakNtfy(standin.Fault{Kind: standin.Status, Status: http.StatusServiceUnavailable})
	threshold := deployed.Settings().Breaker.Threshold
	s.send("one")
	s.eventually(soon, "four requests were made", func() (bool, string) {
		n := deployed.Standin.Counts().Requests
		return n >= threshold-1, fmt.Sprintf("%d requests", n)
	})
	s.send("two")
	s.untilCircuit(soon, "is open", func(c circuit.Circuit) bool { return c.State == circuit.Open })
	const more = 20
	for i := range more {
		s.send(fmt.Sprintf("during the outage %d", i))
	}
	for _, id := range s.ids {
		s.until(soon, id, "waits", func(rec message.Record) bool { return rec.Deferrals > 0 })
	}
	s.requireOnlyProbes(threshold)
	s.untilCircuit(soon, "has seen two probes fail", func(c circuit.Circuit) bool { return c.Trips >= 2 })
	s.requireOnlyProbes(threshold)

	deployed.Standin.Heal()
	s.allCompleted(deployed.Settings().Breaker.MaxCooldown + soon)
	s.books()
	require.Equal(t, 1, s.probes("delivered"), "one probe found that ntfy is back")
	s.requireClosed()
	require.Empty(t, s.deadLetters())
}

// requireOnlyProbes: beside the failures that opened the circuit, ntfy saw the probes and nothing else. A probe in
// flight is not in the books yet, so it waits for a moment between two.
func (s *scenario) requireOnlyProbes(threshold int) {
	s.Helper()
	s.eventually(soon, "ntfy saw the first failures and one request for each failed probe", func() (bool, string) {
		before := s.circuit()
		requests := deployed.Standin.Counts().Requests
		after := s.circuit()
		quiet := before.State == circuit.Open && before.Version == after.Version
		if quiet {
			require.LessOrEqual(s, requests, threshold+before.Trips)
		}
		return quiet && requests == threshold+before.Trips, fmt.Sprintf("%d requests, circuit %+v", requests, after)
	})
}

// probes counts the attempts in the log that were a half-open circuit's probe and ended so.
func (s *scenario) probes(class string) int {
	s.Helper()
	lines, err := logLines(s.context(), s.since, `"msg":"attempt"`)
	require.NoError(s, err)
	n := 0
	for _, line := range lines {
		if strings.Contains(line, `"probe":true`) && strings.Contains(line, `"class":"`+class+`"`) {
			n++
		}
	}
	return n
}

func TestALoneMessageOutlivesAnOutageLongerThanAllRetries(t *testing.T) {
	s := begin(t)
	s.breakNtfy(standin.Fault{Kind: standin.Reset})
	id := s.send("alone")
	s.until(time.Minute, id, "was put off four times", func(rec message.Record) bool { return rec.Deferrals >= 4 })
	deployed.Standin.Heal()
	rec := s.completed(deployed.Settings().Breaker.MaxCooldown+soon, id)

	s.books()
	require.Equal(t, 1, rec.Generation)
	require.Zero(t, rec.Swept, "its own tickets brought it back")
	s.requireClosed()
	require.Empty(t, s.deadLetters())
}
