package e2e_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/wire"
	"github.com/rezagent/rez_agent/local/proxy"
)

func TestTheSameKeyAtTheSameTimeMakesOneMessage(t *testing.T) {
	s := begin(t)
	const callers = 8
	api, key := s.api(operator), uuid.NewString()
	answers := make([]wire.Accepted, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			var err error
			if answers[i], err = api.CreateMessage(s.context(), notification("once"), key); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, a := range answers {
		require.Equal(t, answers[0], a, "the first answer again")
	}
	s.ids = []string{answers[0].ID}
	s.allCompleted(soon)
	again, err := api.CreateMessage(s.context(), notification("once"), key)
	require.NoError(t, err)
	require.Equal(t, answers[0], again, "also when it was delivered long ago")

	_, err = api.CreateMessage(s.context(), notification("something else"), key)
	var problem *client.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, "idempotency_mismatch", problem.Code)
	require.Equal(t, http.StatusUnprocessableEntity, problem.Status)
	s.books()
	require.Len(t, deployed.Standin.Published(""), 1, "one notification")
}

// webapi dies between the record and the ticket: the caller hears of a fault, and the repeat with the key publishes.
func TestACreateThatDiesHalfWayIsFinishedByItsRepeat(t *testing.T) {
	s := begin(t)
	api, key := s.api(operator), uuid.NewString()
	var killed atomic.Int32
	calls.spoil(func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if call.Operation != "Publish" || call.Caller != deployed.Functions[contract.TaskWebAPI] || killed.Load() > 0 {
			next.ServeHTTP(rw, r)
			return
		}
		for _, p := range processes(contract.TaskWebAPI) {
			if syscall.Kill(p.pid, syscall.SIGKILL) == nil {
				killed.Add(1)
			}
		}
		cut(rw)
	})
	half := request{
		method: http.MethodPost, path: "/api/messages", bearer: s.token(operator), body: createBody("half made"),
		header: http.Header{"Idempotency-Key": {key}},
	}
	require.Equal(t, http.StatusBadGateway, s.ask(half).status)
	require.Positive(t, killed.Load())
	s.create(api, "half made", key)
	s.allCompleted(soon)
	s.untilQueueEmpty(soon)
	s.books()
}

func TestACreateWhoseTicketCannotBePublishedIsAccepted(t *testing.T) {
	s := begin(t)
	api, key := s.api(operator), uuid.NewString()
	calls.spoil(func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if call.Operation == "Publish" {
			cut(rw)
			return
		}
		next.ServeHTTP(rw, r)
	})
	id := s.create(api, "written down", key)
	require.Equal(t, 1, s.load(id).Version, "nobody has taken it")
	calls.spoil(nil)
	again, err := api.CreateMessage(s.context(), notification("written down"), key)
	require.NoError(t, err)
	require.Equal(t, id, again.ID)
	s.allCompleted(soon)
	s.untilQueueEmpty(soon)
	s.books()
}

// The answer of the API's own write is lost after it took effect; the repeat is no conflict.
func TestAnActWhoseAnswerIsLostIsDoneOnce(t *testing.T) {
	const undisturbed = 3 // versions of a record: created, processing, completed
	for name, key := range map[string]string{"a create": "", "a create with a key": uuid.NewString()} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			calls.loseAnswer(t, dynamoDB, put, contract.TaskWebAPI)
			s.requireOneRun(s.create(s.api(operator), name, key), undisturbed)
		})
	}
	t.Run("a replay", func(t *testing.T) {
		s := begin(t)
		api := s.api(operator)
		id := s.create(api, "shown, and once more", "")
		s.completed(soon, id)
		calls.loseAnswer(t, dynamoDB, update, contract.TaskWebAPI)
		replayed, err := api.Replay(s.context(), id, 1)
		require.NoError(t, err, "the repeat is no conflict")
		require.Equal(t, 2, replayed.Generation)
		rec := s.completed(soon, id)
		s.untilQueueEmpty(soon)
		s.earlier = []string{id + "-1"}
		s.books()
		require.Equal(t, 2*undisturbed, rec.Version)
		require.Len(t, rec.Acts, 1)
	})
}
