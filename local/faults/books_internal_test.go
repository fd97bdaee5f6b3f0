package faults

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/standin"
)

func moment(ms int) time.Time {
	return time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// account is a row's books as a test fills them in, before anything is compared.
func account(row Row, records []message.Record, requests ...standin.Request) *books {
	w := NewWorld(1)
	w.Deployed(&stack.Stack{Addresses: stack.Addresses{TimeDivisor: 1, CircuitTable: "circuit"}}, "")
	w.row.deleted = map[string]bool{}
	b := &books{
		row: row, world: w, requests: requests, records: map[string]message.Record{}, byMessage: map[string][]standin.Request{},
		result: Result{Row: row, Ended: map[End]int{}},
	}
	for _, rec := range records {
		w.row.sent = append(w.row.sent, rec.ID)
		b.records[rec.ID] = rec
	}
	for _, request := range requests {
		id := messageOf(request.SequenceID)
		b.byMessage[id] = append(b.byMessage[id], request)
	}
	return b
}

func done(id string, attempts ...message.Attempt) message.Record {
	return message.Record{ID: id, Status: message.StatusCompleted, Generation: 1, Attempts: attempts}
}

func failed(id string, reason message.Reason) message.Record {
	return message.Record{ID: id, Status: message.StatusFailed, Reason: reason, Generation: 1}
}

func delivered(ms int) standin.Request {
	return standin.Request{At: moment(ms), SequenceID: "m-1", Status: http.StatusOK, Shown: true}
}

func TestEveryMessageMustEndAsWrittenDown(t *testing.T) {
	t.Parallel()
	row := Row{Ends: map[End]int{Completed: 1, Refused: 1}}
	records := []message.Record{done("a"), failed("b", message.ReasonRefused)}
	b := account(row, records)
	b.ends()
	require.Empty(t, b.result.Wrong)

	b = account(row, records[:1])
	b.ends()
	require.Len(t, b.result.Wrong, 1, "one is missing")

	records[1] = failed("b", message.ReasonPipelineFault)
	b = account(Row{Ends: all(2, PipelineFault), Either: []End{Completed}}, records)
	b.ends()
	require.Empty(t, b.result.Wrong)

	waits := message.Record{ID: "a", Status: message.StatusDeferred}
	b = account(Row{Ends: all(1, Completed)}, []message.Record{waits})
	b.ends()
	require.Equal(t, 1, b.result.Lost)
	require.Contains(t, b.result.Wrong[0], "not final")
}

func TestAMessageWithoutARecordIsLostUnlessTheRowTookItAway(t *testing.T) {
	t.Parallel()
	b := account(Row{Ends: all(1, Gone)}, nil)
	b.world.row.sent = []string{"a"}
	b.ends()
	require.Equal(t, 1, b.result.Lost)

	b = account(Row{Ends: all(1, Gone)}, nil)
	b.world.row.sent, b.world.row.deleted["a"] = []string{"a"}, true
	b.ends()
	require.Zero(t, b.result.Lost)
	require.Empty(t, b.result.Wrong)
}

func TestADeliveryMadeAgainIsToldByWhoseFaultItWas(t *testing.T) {
	t.Parallel()
	type requests = []standin.Request
	first, second := delivered(0), delivered(500)
	failed500 := delivered(0)
	failed500.Status, failed500.Fault = http.StatusInternalServerError, standin.Delivered500
	tooLate := done("m", message.Attempt{At: moment(-1), Latency: 10 * time.Millisecond}, message.Attempt{At: moment(499), Status: 200})
	for name, test := range map[string]struct {
		row              Row
		record           message.Record
		requests         requests
		lost, rep, crash int
		wrong            string
	}{
		"once":  {record: done("m"), requests: requests{second}},
		"never": {record: done("m"), lost: 1, wrong: "never showed"},
		"again for nothing": {
			record: done("m"), requests: requests{first, second}, crash: 1, wrong: "nothing had failed",
		},
		"again after a crash": {row: Row{Crashes: 1}, record: done("m"), requests: requests{first, second}, crash: 1},
		"too often after one crash": {
			row: Row{Crashes: 1}, record: done("m"), requests: requests{first, delivered(1), second}, crash: 2, wrong: "allowed are 1",
		},
		"again after ntfy said it failed": {record: done("m"), requests: requests{failed500, second}, rep: 1},
		"again after an answer too late":  {record: tooLate, requests: requests{first, second}, rep: 1},
		"shown, though it ended as refused": {
			record: failed("m", message.ReasonRefused), requests: requests{second}, wrong: "did not end as completed",
		},
		"shown, reported as failed, then expired": {
			record: failed("m", message.ReasonExpired), requests: requests{failed500},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := account(test.row, []message.Record{test.record}, test.requests...)
			b.deliveries()
			require.Equal(t, []int{test.lost, test.rep, test.crash}, []int{b.result.Lost, b.result.Reported, b.result.Crashed})
			if test.wrong == "" {
				require.Empty(t, b.result.Wrong)
			} else {
				require.Contains(t, strings.Join(b.result.Wrong, "\n"), test.wrong)
			}
		})
	}
}

func TestHistoryAndNtfysLogMustAgree(t *testing.T) {
	t.Parallel()
	type (
		attempts = []message.Attempt
		requests = []standin.Request
	)
	ok, unavailable := message.Attempt{At: moment(0), Status: 200}, message.Attempt{At: moment(0), Status: 503}
	unanswered := message.Attempt{At: moment(0)}
	notMade := message.Attempt{At: moment(0), Detail: "nothing sent: the ntfy token could not be read from SSM"}
	refused, taken := standin.Request{SequenceID: "m-1", Status: 503}, delivered(1)
	for name, test := range map[string]struct {
		attempts attempts
		requests requests
		crash    bool
		wrong    string
	}{
		"the same":                      {attempts: attempts{unavailable, ok}, requests: requests{refused, taken}},
		"an answer that did not arrive": {attempts: attempts{unanswered, ok}, requests: requests{delivered(0), taken}},
		"an attempt that was not made":  {attempts: attempts{notMade, ok}, requests: requests{taken}},
		"an attempt that ntfy did not see": {
			attempts: attempts{unavailable, ok}, requests: requests{taken}, wrong: "no such request",
		},
		"a request that is on no record": {
			attempts: attempts{ok}, requests: requests{refused, taken}, wrong: "which no attempt tells of",
		},
		"the same, where a crash allows it": {attempts: attempts{ok}, requests: requests{refused, taken}, crash: true},
		"a last request without an attempt": {requests: requests{taken}, wrong: "which no attempt tells of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := account(Row{Unrecorded: test.crash}, []message.Record{done("m", test.attempts...)}, test.requests...)
			b.histories()
			if test.wrong == "" {
				require.Empty(t, b.result.Wrong)
			} else {
				require.Contains(t, strings.Join(b.result.Wrong, "\n"), test.wrong)
			}
		})
	}
}

func TestAnExecutionThatOutranItsDividedLeaseIsTheMachinesFault(t *testing.T) {
	t.Parallel()
	started := func(id string, took int) proxy.Seen {
		return proxy.Seen{
			Call:  proxy.Call{Operation: startExecution, Body: []byte(`{"name":"q","input":"{\"message_id\":\"` + id + `\"}"}`)},
			Began: moment(0), Ended: moment(took),
		}
	}
	slow := outrun([]proxy.Seen{started("m", 2001), started("n", 1999)}, 2*time.Second)
	require.Equal(t, map[string]bool{"m": true}, slow)
	b := account(Row{}, []message.Record{done("m")}, delivered(0), delivered(500))
	b.outrun = slow
	b.deliveries()
	b.histories()
	require.Empty(t, b.result.Wrong)
	require.Equal(t, 1, b.result.Outrun)
	require.Zero(t, b.result.Crashed)
}

// wrote is a write of the circuit as it is seen on the wire.
func wrote(state circuit.State, ms int) proxy.Seen {
	return proxy.Seen{
		Call: proxy.Call{Operation: "UpdateItem", Resource: "circuit", Body: []byte(`{"UpdateExpression":"SET #0 = :0, #1 = :1 REMOVE #2",` +
			`"ExpressionAttributeNames":{"#0":"cause","#1":"state","#2":"probe_owner"},` +
			`"ExpressionAttributeValues":{":0":{"S":"unavailable"},":1":{"S":"` + string(state) + `"}}}`)},
		Status: http.StatusOK, Began: moment(ms), Ended: moment(ms + 10),
	}
}

func TestWhileTheCircuitIsOpenOnlyProbesPass(t *testing.T) {
	t.Parallel()
	calls := []proxy.Seen{
		wrote(circuit.Closed, 0), wrote(circuit.Open, 1000), wrote(circuit.HalfOpen, 11_000), wrote(circuit.Open, 12_000),
		wrote(circuit.HalfOpen, 20_000), wrote(circuit.Closed, 21_000),
	}
	for name, test := range map[string]struct {
		at    []int
		began int // of the message's execution
		wrong string
	}{
		"before it opened":         {at: []int{500}},
		"in flight when it opened": {at: []int{1500}},
		"the first of an execution that began before, on a slow machine": {at: []int{9000}, began: 900},
		"the second of it":              {at: []int{950, 9000}, began: 900, wrong: "while it was open"},
		"long after it opened":          {at: []int{9000}, began: 8900, wrong: "while it was open"},
		"the probe":                     {at: []int{11_500}, began: 10_900},
		"two while the probe was out":   {at: []int{11_500, 11_600}, began: 10_900, wrong: "2 probes were out"},
		"after a probe failed":          {at: []int{13_000}, began: 12_900, wrong: "while it was open"},
		"two probes, one after another": {at: []int{11_500, 20_500}, began: 10_900},
		"after it closed":               {at: []int{22_000, 22_001}},
		"while a write was under way":   {at: []int{1005, 12_005}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := []standin.Request{}
			for _, ms := range test.at {
				requests = append(requests, delivered(ms))
			}
			b := account(Row{}, nil, requests...)
			b.starts = map[string][]time.Time{"m": {moment(test.began)}}
			b.openness(circuitPeriods(calls, "circuit"))
			if test.wrong == "" {
				require.Empty(t, b.result.Wrong)
			} else {
				require.Contains(t, strings.Join(b.result.Wrong, "\n"), test.wrong)
			}
		})
	}
}

func TestOnlyWritesOfTheStateThatWereTakenCount(t *testing.T) {
	t.Parallel()
	refused, other := wrote(circuit.Open, 0), wrote(circuit.Open, 0)
	refused.Status, other.Resource = http.StatusBadRequest, "messages"
	limit := wrote(circuit.Open, 0)
	limit.Body = bytes.ReplaceAll(limit.Body, []byte(`"state"`), []byte(`"next_slot"`))
	require.Empty(t, circuitPeriods([]proxy.Seen{refused, other, limit}, "circuit"))
}

func TestTheDLQHoldsWhatMustBeThere(t *testing.T) {
	t.Parallel()
	letter := func(id string) item { return item{Body: `{"message_id":"` + id + `","generation":1}`} }
	records := []message.Record{done("a"), failed("b", message.ReasonExpired), failed("c", message.ReasonRefused)}
	for name, test := range map[string]struct {
		letters []item
		wrong   string
	}{
		"poison and the expired one's ticket": {letters: []item{letter("b"), {Body: "poison"}}},
		"a ticket too many of the same":       {letters: []item{letter("b"), letter("b"), {Body: "poison"}}},
		"no ticket of the expired one":        {letters: []item{{Body: "poison"}}, wrong: "lacks the ticket of b"},
		"no poison":                           {letters: []item{letter("b")}, wrong: "lacks 1 of the items"},
		"a completed one's ticket":            {letters: []item{letter("a"), letter("b"), {Body: "poison"}}, wrong: "holds a ticket of a"},
		"a refused one's ticket":              {letters: []item{letter("b"), letter("c"), {Body: "poison"}}, wrong: "holds a ticket of c"},
		"nobody's poison":                     {letters: []item{letter("b"), {Body: "poison"}, {Body: "x"}}, wrong: "were not sent as poison"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := account(Row{}, records)
			b.world.row.poison = []string{"poison"}
			b.letters(test.letters)
			if test.wrong == "" {
				require.Empty(t, b.result.Wrong)
			} else {
				require.Contains(t, strings.Join(b.result.Wrong, "\n"), test.wrong)
			}
		})
	}
}

func TestADelayThatSQSRefusesAndACallThatIAMRefusesAreTold(t *testing.T) {
	t.Parallel()
	b := account(Row{}, nil)
	b.calls([]proxy.Seen{
		{Call: proxy.Call{Service: "sqs", Operation: "SendMessage", Body: []byte(`{"DelaySeconds":900}`)}, Status: 200},
		{Call: proxy.Call{Service: "sqs", Operation: "SendMessage", Body: []byte(`{"DelaySeconds":901}`)}, Status: 200},
		{Call: proxy.Call{Service: "sns", Operation: "Publish", Caller: "sweeper"}, Status: 403},
		{Call: proxy.Call{Service: "ntfy", Operation: "POST"}, Status: 403},
	})
	require.Equal(t, []string{"DelaySeconds 901: SQS takes 0 to 900", "sweeper was refused sns Publish"}, b.result.Wrong)
}

func TestRowsAreChosenByNameAndEachHasItsOwn(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, row := range Rows() {
		require.False(t, names[row.Name], row.Name)
		require.NotEmpty(t, row.Says, row.Name)
		names[row.Name] = true
		sum := 0
		for _, n := range row.Ends {
			sum += n
		}
		require.Equal(t, row.Messages, sum, "%s: the ends of all its messages are written down", row.Name)
	}
	chosen, err := Options{Rows: []string{"kill-*", "outage"}}.Choose()
	require.NoError(t, err)
	require.Len(t, chosen, 1+len(stories()))
	_, err = Options{Rows: []string{"nothing"}}.Choose()
	require.ErrorIs(t, err, ErrUnknownRow)
	require.ErrorContains(t, err, "allowed: healthy, outage")
}

func TestTheTableTellsWhatIsWrongBelowItsRow(t *testing.T) {
	t.Parallel()
	result := Result{
		Row: Row{Name: "deploy", Crashes: 3}, Sent: 20, Ended: map[End]int{Completed: 19, Refused: 1}, Lost: 1, Crashed: 2,
		Final: 1234 * time.Millisecond, Wrong: []string{"one is lost"},
	}
	require.Equal(t, "deploy                              20  19 completed, 1 refused            1         0    2 ≤ 3     1.2s  WRONG\n"+
		"    one is lost", result.Line())
	require.Contains(t, Summary([]Result{result, {Sent: 5}}), "2 rows, 25 messages: 1 lost")
}
