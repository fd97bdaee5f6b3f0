package deadletter_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
)

func TestALetterIsJoinedWithItsRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change     func(*message.Record)
		ticket     func(message.Record) message.Ticket
		sent       message.Reason
		status     message.Status
		reason     string
		redrivable bool
	}{
		"a pipeline fault": {failed(message.ReasonPipelineFault), own, "", message.StatusFailed, "pipeline_fault", true},
		"an expired one, with the ticket that replays it": {
			failed(message.ReasonExpired), func(rec message.Record) message.Ticket { return rec.ExpiredTicket(noon()) },
			message.ReasonExpired, message.StatusFailed, "expired", true,
		},
		"an expired one, with a ticket of before":  {failed(message.ReasonExpired), own, "", message.StatusFailed, "expired", false},
		"one that ntfy refused":                    {failed(message.ReasonRefused), own, "", message.StatusFailed, "refused", false},
		"one whose ticket was overtaken":           {failed(message.ReasonPipelineFault), older, "", message.StatusFailed, "pipeline_fault", false},
		"one that nobody has taken":                {nil, own, "", message.StatusCreated, "receives used up", true},
		"one that is delivered":                    {func(r *message.Record) { r.Status = message.StatusCompleted }, own, "", message.StatusCompleted, "receives used up", false},
		"one that expired and was replayed since":  {nil, older, message.ReasonExpired, message.StatusCreated, "expired", false},
		"one that an execution holds":              {held(time.Minute), own, "", message.StatusProcessing, "receives used up", false},
		"one whose execution died":                 {held(-time.Minute), own, "", message.StatusProcessing, "receives used up", true},
		"one that would expire before it is tried": {func(r *message.Record) { r.Deadline = noon() }, own, "", message.StatusCreated, "receives used up", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rec := w.record(c.change)
			item := w.letter(c.ticket(rec), c.sent)
			view, err := w.office.Look(t.Context())
			require.NoError(t, err)
			require.Equal(t, []deadletter.Letter{{
				ItemID: item, MessageID: rec.ID, Status: c.status, Reason: c.reason, Detail: rec.Detail,
				SentAt: noon().Add(-time.Minute), Receives: 4, Redrivable: c.redrivable,
			}}, view.Sample)
			require.Empty(t, w.hidden, "the look takes nothing away")
			require.Len(t, w.letters, 1)
			require.Equal(t, rec, w.stored(rec.ID))
		})
	}
}

func own(rec message.Record) message.Ticket { return rec.Ticket(message.EventCreated, noon()) }

func older(rec message.Record) message.Ticket {
	ticket := own(rec)
	ticket.Generation++
	return ticket
}

func held(until time.Duration) func(*message.Record) {
	return func(rec *message.Record) {
		rec.Status, rec.ExecutionARN, rec.LeaseUntil = message.StatusProcessing, "arn", noon().Add(until)
	}
}

func TestALetterWithoutARecordIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := uuid.NewString()
	w.letter(message.Ticket{MessageID: id, Generation: 1}, "")
	view, err := w.office.Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, id, view.Sample[0].MessageID)
	require.Equal(t, "gone", view.Sample[0].Reason)
	require.Empty(t, view.Sample[0].Status)
	require.False(t, view.Sample[0].Redrivable)
}

func TestALetterThatCannotBeReadSaysWhyAndNotWhat(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"message_id":`, "secret", `{"secret":1}`, `{"message_id":"x","generation":1}`, strings.Repeat("secret", 1000)} {
		w := newWorld(t)
		w.put([]byte(body), "")
		view, err := w.office.Look(t.Context())
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(view.Sample[0].Reason, "unreadable: "), view.Sample[0].Reason)
		require.LessOrEqual(t, len(view.Sample[0].Reason), 256)
		require.Empty(t, view.Sample[0].MessageID)
		require.False(t, view.Sample[0].Redrivable)
	}
}

func TestAnEmptyQueueIsShownAsEmptyLists(t *testing.T) {
	t.Parallel()
	view, err := newWorld(t).office.Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, deadletter.View{Sample: []deadletter.Letter{}, Failed: []message.Record{}}, view)
}

func TestNoMoreThanASampleIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 130 {
		w.letter(message.Ticket{MessageID: uuid.NewString(), Generation: 1}, "")
	}
	view, err := w.office.Look(t.Context())
	require.NoError(t, err)
	require.Len(t, view.Sample, 100)
	require.Equal(t, 130, view.Depth)
}

func TestTheNewestThatFailedForAReasonOfOursAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for i := range 240 {
		why := []message.Reason{message.ReasonRefused, message.ReasonExpired, message.ReasonRefused, message.ReasonPipelineFault}[i%4]
		rec := w.record(func(rec *message.Record) {
			failed(why)(rec)
			rec.CreatedAt = noon().Add(-time.Duration(i) * time.Second)
		})
		if why != message.ReasonRefused && len(want) < 50 {
			want = append(want, rec.ID)
		}
	}
	w.record(nil)
	view, err := w.office.Look(t.Context())
	require.NoError(t, err)
	var got []string
	for _, rec := range view.Failed {
		got = append(got, rec.ID)
	}
	require.Equal(t, want, got)
}

func TestAQueueThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault = errors.New("SQS is away")
	_, err := w.office.Look(t.Context())
	require.ErrorIs(t, err, w.fault)
}
