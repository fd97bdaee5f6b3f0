package intake_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
)

func TestTheIDOfAKeyNeverChangesAndIsTheCallersAlone(t *testing.T) {
	t.Parallel()
	id := intake.KeyedID("user:ann", "order-17")
	require.Equal(t, "d2bd0b92-5e72-54fe-b841-9f5fedb3fd06", id)
	require.EqualValues(t, 5, uuid.MustParse(id).Version())
	require.NotEqual(t, id, intake.KeyedID("user:bob", "order-17"))
	require.NotEqual(t, id, intake.KeyedID("user:ann", "order-18"))
	require.NotEqual(t, intake.KeyedID("a", "bc"), intake.KeyedID("ab", "c"))
}

func keyed(hash string) intake.Request {
	r := hello()
	r.ID, r.BodyHash = intake.KeyedID("user:ann", "order-17"), hash
	return r
}

func TestTheSameKeyWithTheSameBodyIsTheSameMessage(t *testing.T) {
	t.Parallel()
	in, records, published := newIntake()
	first, err := in.Accept(t.Context(), keyed("hash"))
	require.NoError(t, err)
	stored, err := records.Load(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, "hash", stored.BodyHash)
	again, err := in.Accept(t.Context(), keyed("hash"))
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, published.tickets, 2, "a crash may have come between record and ticket")
}

func TestTheSameKeyWithAnotherBodyIsRefused(t *testing.T) {
	t.Parallel()
	in, records, published := newIntake()
	first, err := in.Accept(t.Context(), keyed("hash"))
	require.NoError(t, err)
	for _, hash := range []string{"another", ""} {
		_, err = in.Accept(t.Context(), keyed(hash))
		require.ErrorIs(t, err, intake.ErrOtherBody)
	}
	stored, err := records.Load(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, first, stored)
	require.Len(t, published.tickets, 1)
}

func TestAReplayIsNotedOnTheRecord(t *testing.T) {
	t.Parallel()
	in, records, _ := newIntake()
	rec := message.New(uuid.NewString(), "notification", "ntfy", "test", "x", "{}", noon, in.Times)
	rec.Status = message.StatusFailed
	require.NoError(t, records.Create(t.Context(), rec))
	_, err := in.Replay(t.Context(), rec.ID, 1, "user:ann")
	require.NoError(t, err)
	stored, err := records.Load(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, []message.Act{{At: noon, By: "user:ann", What: message.ActReplayed, Generation: 2}}, stored.Acts)
}
