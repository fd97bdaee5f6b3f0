package intake_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

type topic struct {
	tickets []message.Ticket
	fault   error
}

func (p *topic) Publish(_ context.Context, _ message.Record, t message.Ticket) error {
	if p.fault != nil {
		return p.fault
	}
	p.tickets = append(p.tickets, t)
	return nil
}

func newIntake() (*intake.Intake, *memory.Messages, *topic) {
	records, published := memory.NewMessages(), &topic{}
	return &intake.Intake{
		Records: records, Publisher: published, Times: message.TimesOf(settings.Default()), Stage: "test",
		Now: func() time.Time { return noon },
	}, records, published
}

func hello() intake.Request {
	return intake.Request{Type: "notification", Payload: `{"message":"hello"}`, CreatedBy: "tester"}
}

func TestAMessageOfAChannelThatTheStageLacksIsRefused(t *testing.T) {
	t.Parallel()
	in, _, published := newIntake()
	event := intake.Request{Type: "webhook", Payload: `{"message":"hello"}`, CreatedBy: "tester"}
	_, err := in.Accept(t.Context(), event)
	require.ErrorIs(t, err, intake.ErrInvalid)
	require.ErrorContains(t, err, "takes the channel webhook, which this stage does not have")
	require.Empty(t, published.tickets)

	in.Channels = []string{"ntfy", "webhook"}
	rec, err := in.Accept(t.Context(), event)
	require.NoError(t, err)
	require.Equal(t, "webhook", rec.Channel)
	require.Len(t, published.tickets, 1)
}

func TestAnAcceptedMessageIsDurableAndPublished(t *testing.T) {
	t.Parallel()
	in, records, published := newIntake()
	rec, err := in.Accept(t.Context(), hello())
	require.NoError(t, err)
	stored, err := records.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, message.StatusCreated, stored.Status)
	require.Equal(t, noon.Add(24*time.Hour), stored.Deadline)
	require.Equal(t, "test", stored.Stage)
	require.Equal(t, "ntfy", stored.Channel)
	id, err := uuid.Parse(rec.ID)
	require.NoError(t, err)
	require.EqualValues(t, 7, id.Version())
	require.Equal(t, []message.Ticket{rec.Ticket(message.EventCreated, noon)}, published.tickets)
}

func TestAMessageIsAcceptedAlthoughItsTicketCouldNotBePublished(t *testing.T) {
	t.Parallel()
	in, records, published := newIntake()
	published.fault = errors.New("SNS is away")
	rec, err := in.Accept(t.Context(), hello())
	require.NoError(t, err)
	stored, err := records.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	require.True(t, stored.LeftBehind(noon.Add(2*time.Minute), time.Minute), "the sweeper publishes it")
}

func TestTheSameIDTwiceIsOneMessage(t *testing.T) {
	t.Parallel()
	in, records, published := newIntake()
	r := hello()
	r.ID = "2F1B2C3D-0000-5000-8000-00000000000A"
	first, err := in.Accept(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, "2f1b2c3d-0000-5000-8000-00000000000a", first.ID, "as the tickets spell it")
	in.Now = func() time.Time { return noon.Add(time.Minute) }
	again, err := in.Accept(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, published.tickets, 2, "nobody has taken the first one yet")

	taken, _ := first.Take(published.tickets[0], message.Execution{ARN: "arn", Name: "x"}, noon, in.Times)
	require.NoError(t, records.Save(t.Context(), first, taken))
	again, err = in.Accept(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, message.StatusProcessing, again.Status)
	require.Len(t, published.tickets, 2)
}

func TestARequestThatCanNeverBeAcceptedNamesItsField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*intake.Request)
		says   string
	}{
		"unknown type":       {func(r *intake.Request) { r.Type = "telegram" }, "notification, scheduled_hello"},
		"no payload":         {func(r *intake.Request) { r.Payload = "" }, "payload"},
		"unknown field":      {func(r *intake.Request) { r.Payload = `{"massage":"x"}` }, `"massage"`},
		"field out of range": {func(r *intake.Request) { r.Payload = `{"message":"x","priority":9}` }, "priority"},
		"no creator":         {func(r *intake.Request) { r.CreatedBy = "" }, `"created_by"`},
		"id that is no UUID": {func(r *intake.Request) { r.ID = "17" }, `"id"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _, published := newIntake()
			r := hello()
			c.change(&r)
			_, err := in.Accept(t.Context(), r)
			require.ErrorIs(t, err, intake.ErrInvalid)
			require.ErrorContains(t, err, c.says)
			require.Empty(t, published.tickets)
		})
	}
	_, err := messagetype.Lookup("telegram")
	require.ErrorIs(t, err, messagetype.ErrUnknownType)
}

func TestWhatAReplayDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*message.Record)
		seen   int
		err    error
		gen    int
	}{
		"failed":                      {func(r *message.Record) { r.Status = message.StatusFailed }, 1, nil, 2},
		"completed":                   {func(r *message.Record) { r.Status = message.StatusCompleted }, 0, nil, 2},
		"deferred":                    {func(r *message.Record) { r.Status, r.Deferrals = message.StatusDeferred, 3 }, 1, nil, 1},
		"created":                     {func(*message.Record) {}, 1, message.ErrNotAllowed, 1},
		"processing":                  {func(r *message.Record) { r.Status = message.StatusProcessing }, 1, message.ErrNotAllowed, 1},
		"of a generation seen before": {func(r *message.Record) { r.Status, r.Generation = message.StatusFailed, 2 }, 1, message.ErrNotAllowed, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, records, published := newIntake()
			rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "x", "{}", noon, in.Times)
			c.change(&rec)
			require.NoError(t, records.Create(t.Context(), rec))
			_, err := in.Replay(t.Context(), rec.ID, c.seen, "user:ann")
			stored, loadErr := records.Load(t.Context(), rec.ID)
			require.NoError(t, loadErr)
			require.Equal(t, c.gen, stored.Generation)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				require.Empty(t, published.tickets)
				require.Equal(t, rec.Version, stored.Version)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []message.Ticket{stored.Ticket(message.EventReplayed, noon)}, published.tickets)
			require.Zero(t, published.tickets[0].Wait(noon), "due now")
		})
	}
}

func TestAReplayOfAMessageThatIsNotThere(t *testing.T) {
	t.Parallel()
	in, _, _ := newIntake()
	_, err := in.Replay(t.Context(), uuid.NewString(), 0, "user:ann")
	require.ErrorIs(t, err, message.ErrNotFound)
}

func TestOneOfTwoReplaysAtOnceIsAConflict(t *testing.T) {
	t.Parallel()
	in, records, _ := newIntake()
	rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "x", "{}", noon, in.Times)
	rec.Status = message.StatusFailed
	require.NoError(t, records.Create(t.Context(), rec))
	in.Records = stale{records, rec}
	_, err := in.Replay(t.Context(), rec.ID, 1, "user:ann")
	require.NoError(t, err)
	in.Now = func() time.Time { return noon.Add(time.Second) }
	_, err = in.Replay(t.Context(), rec.ID, 1, "user:ann")
	require.ErrorIs(t, err, message.ErrConflict)
}

// stale reads what was there before the other one wrote.
type stale struct {
	*memory.Messages

	seen message.Record
}

func (s stale) Load(context.Context, string) (message.Record, error) { return s.seen, nil }

func TestTheIDOfAScheduledMessageNeverChanges(t *testing.T) {
	t.Parallel()
	id, err := intake.ScheduledID("arn:aws:events:eu-central-1:0:rule/hello", noon)
	require.NoError(t, err)
	zone := time.FixedZone("CET", 3600)
	same, err := intake.ScheduledID("arn:aws:events:eu-central-1:0:rule/hello", noon.In(zone))
	require.NoError(t, err)
	require.Equal(t, id, same)
	require.EqualValues(t, 5, uuid.MustParse(id).Version())
	require.Equal(t, "ba5a5f5a-0d32-5176-85ca-8de9723229b0", id)
}
