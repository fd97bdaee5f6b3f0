package message_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
)

const idField = `"message_id":"` + id + `"`

func TestATicketSurvivesItsJourney(t *testing.T) {
	t.Parallel()
	for _, s := range stands() {
		sent := s.record().Ticket(message.EventDeferred, now())
		body, err := json.Marshal(sent)
		require.NoError(t, err)
		got, err := message.ParseTicket(body)
		require.NoError(t, err)
		require.Equal(t, sent, got)
		require.Equal(t, s.status == message.StatusDeferred, got.NotBefore != nil, s)
	}
}

func TestParseTicketTakesWhatIsWholeAndCorrect(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	bodies := map[string]message.Ticket{
		`{` + idField + `,"generation":1}`:                 {MessageID: id, Generation: 1},
		" \n{" + idField + `,"generation":1} ` + "\n":      {MessageID: id, Generation: 1},
		`{` + idField + `,"generation":7,"deferral":2000}`: {MessageID: id, Generation: 7, Deferral: 2000},
		`{` + idField + `,"generation":1,"replay":true}`:   {MessageID: id, Generation: 1, Replay: true},
		`{` + idField + `,"generation":1,"not_before":null,"event_type":"message.created"}`: {
			MessageID: id, Generation: 1, EventType: message.EventCreated,
		},
		`{` + idField + `,"generation":1,"not_before":"2026-11-25T12:00:00.000Z"}`: {MessageID: id, Generation: 1, NotBefore: &due},
	}
	for body, want := range bodies {
		got, err := message.ParseTicket([]byte(body))
		require.NoError(t, err, body)
		require.Equal(t, want, got, body)
	}
}

func TestParseTicketNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	ticket := func(rest string) string { return "{" + idField + `,"generation":1` + rest + "}" }
	tests := []struct{ name, body, says string }{
		{"nothing", "", "0 bytes"},
		{"only spaces", "   ", "3 bytes"},
		{"cut off after a name", `{"message_id":`, "14 bytes"},
		{"cut off in a text", `{"message_id":"s3cret`, "21 bytes"},
		{"no JSON", "s3cret", "6 bytes"},
		{"a zero byte", "{\x00s3cret", "8 bytes"},
		{"a number", "42", "2 bytes"},
		{"a text", `"s3cret"`, "8 bytes"},
		{"a list", `["s3cret"]`, "10 bytes"},
		{"null", "null", `"message_id"`},
		{"an empty object", "{}", `"message_id"`},
		{"something behind the object", ticket("") + " s3cret", "bytes"},
		{"a second object", ticket("") + ticket(""), "bytes"},
		{"one brace too many", ticket("") + "}", "bytes"},
		{"one bracket too many", ticket("") + "]", "bytes"},
		{"an SNS envelope", envelope(ticket("")), "raw message delivery"},

		{"id missing", `{"generation":1}`, `"message_id"`},
		{"id of another type", `{"message_id":[5],"generation":1}`, `"message_id"`},
		{"id that is no UUID", `{"message_id":"s3cret","generation":1}`, `"message_id"`},
		{"id in upper case", `{"message_id":"` + strings.ToUpper(id) + `","generation":1}`, `"message_id"`},
		{"id in braces", `{"message_id":"{` + id + `}","generation":1}`, `"message_id"`},
		{"id without dashes", `{"message_id":"` + strings.ReplaceAll(id, "-", "") + `","generation":1}`, `"message_id"`},
		{"id that is not UTF-8", "{\"message_id\":\"\xff\",\"generation\":1}", `"message_id"`},
		{"generation missing", `{` + idField + `}`, `"generation"`},
		{"generation 0", `{` + idField + `,"generation":0}`, `"generation"`},
		{"generation below 0", `{` + idField + `,"generation":-1}`, `"generation"`},
		{"generation null", `{` + idField + `,"generation":null}`, `"generation"`},
		{"generation as text", `{` + idField + `,"generation":"s3cret"}`, `"generation"`},
		{"generation with a fraction", `{` + idField + `,"generation":1.5}`, `"generation"`},
		{"generation beyond a number", `{` + idField + `,"generation":` + strings.Repeat("9", 999) + `}`, `"generation"`},
		{"name in upper case", `{` + idField + `,"GENERATION":1}`, `"GENERATION"`},
		{"deferral below 0", ticket(`,"deferral":-1`), `"deferral"`},
		{"deferral as text", ticket(`,"deferral":"s3cret"`), `"deferral"`},
		{"replay as text", ticket(`,"replay":"s3cret"`), `"replay"`},
		{"not_before as number", ticket(`,"not_before":1764072000`), `"not_before"`},
		{"not_before in words", ticket(`,"not_before":"s3cret"`), `"not_before"`},
		{"event_type as object", ticket(`,"event_type":{"s3cret":1}`), `"event_type"`},
		{"timestamp in words", ticket(`,"timestamp":"s3cret"`), `"timestamp"`},
		{"timestamp as object", ticket(`,"timestamp":{"s3cret":1}`), `"timestamp"`},
		{"an unknown field", ticket(`,"payload":"s3cret"`), `"payload"`},
		{"an unknown field with a name of 1,000 letters", ticket(`,"` + strings.Repeat("é", 1000) + `":"s3cret"`), "ééé"},

		{"256 KiB of text", strings.Repeat("s3cret ", 256*1024/7), "262143 bytes"},
		{"256 KiB in a field", `{"message_id":"` + strings.Repeat("s3cret", 256*1024/6) + `","generation":1}`, `"message_id"`},
		{"256 KiB of brackets", strings.Repeat("[", 256*1024), "262144 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := message.ParseTicket([]byte(test.body))
			require.ErrorIs(t, err, message.ErrTicket)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "s3cret", "the body must not be quoted")
			require.Less(t, len(err.Error()), 250)
			require.True(t, utf8.ValidString(err.Error()))
			require.Zero(t, got)
		})
	}
}

// envelope is what SNS makes of a ticket where raw message delivery is off.
func envelope(body string) string {
	text, err := json.Marshal(map[string]string{
		"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message": body,
		"Timestamp": "2026-11-25T12:00:00.000Z", "SignatureVersion": "1", "UnsubscribeURL": "https://example.com/s3cret",
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func FuzzParseTicket(f *testing.F) {
	for _, seed := range []string{
		"", "null", `{"message_id":`, envelope("{}"), "{" + idField + `,"generation":-1}`,
		"{" + idField + `,"generation":1,"not_before":"2026-11-25T12:00:00Z"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ticket, err := message.ParseTicket(body)
		if err != nil {
			require.ErrorIs(t, err, message.ErrTicket)
			require.Less(t, len(err.Error()), 500)
			return
		}
		require.Positive(t, ticket.Generation)
		require.GreaterOrEqual(t, ticket.Deferral, 0)
		again, err := json.Marshal(ticket)
		require.NoError(t, err)
		same, err := message.ParseTicket(again)
		require.NoError(t, err)
		require.Equal(t, ticket.ExecutionName(1), same.ExecutionName(1))
	})
}

func TestAnExecutionKnowsWhetherTheQueueStartedIt(t *testing.T) {
	t.Parallel()
	ticket := message.Ticket{MessageID: id, Generation: 2, Deferral: 1}
	for _, receive := range []int{1, 2, 3, 10, 99} {
		name := ticket.ExecutionName(receive)
		require.True(t, ticket.FromQueue(name), name)
		require.LessOrEqual(t, len(name), 80, "Step Functions takes no longer name")
	}
	require.Equal(t, "q-"+id+"-2-1-3", ticket.ExecutionName(3))

	byHand := []string{
		"", "q-", "5f2d-from-the-console", id,
		"q-" + id + "-2-1", "q-" + id + "-2-1-", "q-" + id + "-2-1-0", "q-" + id + "-2-1--1", "q-" + id + "-2-1-+1",
		"q-" + id + "-2-1-01", "q-" + id + "-2-1-1 ", "q-" + id + "-2-1-x", "q-" + id + "-2-1-1-again",
		"q-" + id + "-2-11-1", "q-" + id + "-1-1-1", "q-" + id + "-2-0-1", "Q-" + id + "-2-1-1",
		"q-" + strings.Replace(id, "1", "2", 1) + "-2-1-1",
	}
	for _, name := range byHand {
		require.False(t, ticket.FromQueue(name), "%q", name)
	}
}

func TestAnExecutionNameFitsAfterYears(t *testing.T) {
	t.Parallel()
	ticket := message.Ticket{MessageID: id, Generation: 99_999, Deferral: 99_999}
	require.LessOrEqual(t, len(ticket.ExecutionName(999)), 80)
}

func TestASequenceIDIsOneOfNtfys(t *testing.T) {
	t.Parallel()
	r := message.Record{ID: id, Generation: 12}
	require.Equal(t, id+"-12", r.SequenceID())
	require.Regexp(t, `^[-_A-Za-z0-9]{1,64}$`, r.SequenceID())
	r.Generation = 1 << 40
	require.Regexp(t, `^[-_A-Za-z0-9]{1,64}$`, r.SequenceID())
}

func TestATicketWaitsUntilItIsDue(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]time.Duration{
		-24 * time.Hour: 0, -time.Second: 0, 0: 0, time.Millisecond: time.Millisecond, 12 * time.Hour: 12 * time.Hour,
	} {
		due := now().Add(wait)
		require.Equal(t, want, message.Ticket{NotBefore: &due}.Wait(now()))
	}
	require.Zero(t, message.Ticket{}.Wait(now()))
}

func TestATicketDoesNotShareItsTimeWithTheRecord(t *testing.T) {
	t.Parallel()
	r := situation{status: message.StatusDeferred, reason: message.ReasonUnavailable}.record()
	*r.Ticket(message.EventSwept, now()).NotBefore = time.Time{}
	require.Equal(t, moment().Add(time.Minute), r.NextAttemptAt)
}
