package deadletter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/deadletter"
	"github.com/rezagent/rez_agent/internal/message"
)

// twoOffices share one table of records.
func twoOffices(t *testing.T) (main, hook *world, all *deadletter.Offices) {
	t.Helper()
	main, hook = newWorld(t), newWorld(t)
	hook.records, hook.office.Records = main.records, main.records
	return main, hook, &deadletter.Offices{Main: main.office, Others: map[string]*deadletter.Office{"webhook": hook.office}}
}

func onWebhook(rec *message.Record) {
	failed(message.ReasonExpired)(rec)
	rec.Channel = "webhook"
}

func TestTheDeadLettersOfAllChannelsAreShownTogether(t *testing.T) {
	t.Parallel()
	main, hook, all := twoOffices(t)
	one, other := main.record(failed(message.ReasonExpired)), main.record(onWebhook)
	main.letter(one.ExpiredTicket(noon()), message.ReasonExpired)
	hook.letter(other.ExpiredTicket(noon()), message.ReasonExpired)
	view, err := all.Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, view.Depth)
	require.Len(t, view.Sample, 2)
	require.Equal(t, []string{one.ID, other.ID}, []string{view.Sample[0].MessageID, view.Sample[1].MessageID})
	require.Len(t, view.Failed, 2, "each record once")
	require.Empty(t, main.hidden)
	require.Empty(t, hook.hidden)
}

func TestAMessageIsRedrivenToItsOwnChannelsQueue(t *testing.T) {
	t.Parallel()
	main, hook, all := twoOffices(t)
	one, other := main.record(failed(message.ReasonExpired)), main.record(onWebhook)
	require.NoError(t, all.Redrive(t.Context(), one.ID, "user:ann"))
	require.NoError(t, all.Redrive(t.Context(), other.ID, "user:ann"))
	require.Len(t, main.sent, 1)
	require.Equal(t, one.ID, main.sent[0].MessageID)
	require.Len(t, hook.sent, 1)
	require.Equal(t, other.ID, hook.sent[0].MessageID)
	require.ErrorIs(t, all.Redrive(t.Context(), "0190b3a4-0000-7000-8000-000000000001", "user:ann"), message.ErrNotFound)
}

func TestARedriveOfAllMovesEachQueueIntoItsOwn(t *testing.T) {
	t.Parallel()
	main, hook, all := twoOffices(t)
	main.put([]byte("{}"), "x")
	hook.put([]byte("{}"), "x")
	items, task, err := all.RedriveAll(t.Context(), "user:ann")
	require.NoError(t, err)
	require.Equal(t, 2, items)
	require.Equal(t, []string{"task", "task"}, strings.Fields(task), "one of each queue")
	require.Len(t, main.moved, 1)
	require.Len(t, hook.moved, 1)

	for name, c := range map[string]struct{ main, hook, want error }{
		"one is being moved already": {main: deadletter.ErrMoving},
		"both are":                   {main: deadletter.ErrMoving, hook: deadletter.ErrMoving, want: deadletter.ErrMoving},
		"SQS is away":                {hook: errAway, want: errAway},
	} {
		main, hook, all := twoOffices(t)
		main.moveFault, hook.moveFault = c.main, c.hook
		_, _, err := all.RedriveAll(t.Context(), "user:ann")
		require.ErrorIs(t, err, c.want, name)
		require.Len(t, hook.moved, 1, "%s: the other is moved all the same", name)
	}
}

var errAway = errors.New("SQS is away")
