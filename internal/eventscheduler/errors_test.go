package eventscheduler_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/eventscheduler"
	"github.com/rezagent/rez_agent/internal/schedule"
)

// awsText is what AWS may say of a request; it must not reach the caller.
const awsText = "Value 'secret text' at 'target.input' failed to satisfy constraint"

// answering is a client of a server that answers each request as told.
func answering(t *testing.T, answer http.HandlerFunc) *eventscheduler.Schedules {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return &eventscheduler.Schedules{Client: clientFor(server.URL), Group: "g", TargetARN: "arn:target", RoleARN: "arn:role"}
}

// refusing answers with an error of AWS.
func refusing(t *testing.T, status int, name string) *eventscheduler.Schedules {
	t.Helper()
	return answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", name)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"Message": awsText})
	})
}

func TestAWSErrorsBecomeThoseOfSchedules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		want   error
	}{
		"ResourceNotFoundException":     {http.StatusNotFound, schedule.ErrNotFound},
		"ConflictException":             {http.StatusConflict, schedule.ErrConflict},
		"ServiceQuotaExceededException": {http.StatusPaymentRequired, schedule.ErrTooMany},
		"ThrottlingException":           {http.StatusTooManyRequests, schedule.ErrThrottled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := refusing(t, c.status, name)
			e := entry()
			_, getErr := s.Get(t.Context(), e.ID)
			_, _, listErr := s.List(t.Context(), "", 10)
			for _, err := range []error{s.Change(t.Context(), e), s.Delete(t.Context(), e.ID), getErr, listErr} {
				require.ErrorIs(t, err, c.want)
				require.NotContains(t, err.Error(), "secret")
			}
		})
	}
}

func TestAScheduleThatAWSRefusesIsAFaultOfItsExpression(t *testing.T) {
	t.Parallel()
	s := refusing(t, http.StatusBadRequest, "ValidationException")
	e := entry()
	for _, act := range []func(context.Context, schedule.Entry) error{s.Create, s.Change} {
		err := act(t.Context(), e)
		faults := schedule.Faults(err)
		require.Len(t, faults, 1)
		require.Equal(t, "expression", faults[0].Field)
		require.Contains(t, faults[0].Problem, e.Expression)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestAnExpressionThatIsWrongIsNotSent(t *testing.T) {
	t.Parallel()
	s := answering(t, func(_ http.ResponseWriter, r *http.Request) { t.Error("asked AWS: " + r.URL.Path) })
	e := entry()
	e.Expression = "CRON(0 9 * * ? *)"
	require.ErrorContains(t, s.Create(t.Context(), e), "did you mean")
	require.ErrorContains(t, s.Change(t.Context(), e), "did you mean")
}

func TestACursorThatAWSRefusesIsTheCallers(t *testing.T) {
	t.Parallel()
	s := refusing(t, http.StatusBadRequest, "ValidationException")
	_, _, err := s.List(t.Context(), "garbled", 10)
	require.ErrorIs(t, err, schedule.ErrCursor)
	_, _, err = s.List(t.Context(), "", 10)
	require.NotErrorIs(t, err, schedule.ErrCursor, "without a cursor it is a fault of ours")
	require.Error(t, err)
}

// paged answers as AWS: a list of two pages, of whose schedules one was deleted meanwhile.
func paged(t *testing.T, ids []string, gone string, broken bool) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		id, one := strings.CutPrefix(r.URL.Path, "/schedules/")
		query := r.URL.Query()
		var answer any
		switch {
		case one && id == gone:
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
			w.WriteHeader(http.StatusNotFound)
		case one && broken:
			w.WriteHeader(http.StatusForbidden)
		case one:
			e := entry()
			e.ID = id
			input, err := e.Input()
			if err != nil {
				t.Error(err)
			}
			answer = map[string]any{"Name": id, "ScheduleExpression": e.Expression, "Target": map[string]string{"Input": input}}
		case query.Get("ScheduleGroup") != "g" || query.Get("MaxResults") != "3":
			t.Errorf("asked for %s", r.URL.RawQuery)
		case query.Get("NextToken") == "second":
			answer = map[string]any{"Schedules": []any{}}
		default:
			page := []map[string]string{}
			for _, id := range ids {
				page = append(page, map[string]string{"Name": id})
			}
			answer = map[string]any{"Schedules": page, "NextToken": "second"}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func TestAListGoesOnAndLeavesOutWhatWasDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	ids := []string{uuid.NewString(), uuid.NewString(), uuid.NewString()}
	s := answering(t, paged(t, ids, ids[1], false))
	got, next, err := s.List(t.Context(), "", 3)
	require.NoError(t, err)
	require.Equal(t, "second", next)
	require.Len(t, got, 2)
	require.Equal(t, ids[0], got[0].ID, "in AWS's order")
	require.Equal(t, ids[2], got[1].ID)
	got, next, err = s.List(t.Context(), next, 3)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, []schedule.Entry{}, got)
}

func TestAListThatCannotBeReadIsAnErrorAndNotAShortList(t *testing.T) {
	t.Parallel()
	s := answering(t, paged(t, []string{uuid.NewString(), uuid.NewString()}, "", true))
	_, _, err := s.List(t.Context(), "", 3)
	require.Error(t, err)
}
