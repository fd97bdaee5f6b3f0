package e2e_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/wire"
	"github.com/rezagent/rez_agent/local/proxy"
)

func TestTheAPIDescribesItselfToAnyone(t *testing.T) {
	s := begin(t)
	description := s.ask(request{method: http.MethodGet, path: "/api/openapi.json"})
	require.Equal(t, http.StatusOK, description.status)
	var document struct {
		OpenAPI string `json:"openapi"`
	}
	require.NoError(t, json.Unmarshal(description.body, &document))
	require.Regexp(t, `^3\.1\.`, document.OpenAPI)
	page := s.ask(request{method: http.MethodGet, path: "/api/docs"})
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.header.Get("Content-Type"), "text/html")
	errors := s.ask(request{method: http.MethodGet, path: "/api/docs/errors"})
	require.Equal(t, http.StatusOK, errors.status)

	health := read[wire.Health](s, s.ask(request{method: http.MethodGet, path: "/api/health?deep=true"}), http.StatusOK)
	require.Equal(t, "ok", health.Status)
	parts := map[string]string{}
	for _, part := range health.Parts {
		parts[part.Name] = part.Status
	}
	require.Equal(t, []string{"circuit", "dlq", "messages", "queue", "schedules", "sign_in", "workflow"}, slices.Sorted(maps.Keys(parts)))
	for name, status := range parts {
		require.Equal(t, "ok", status, name)
	}
}

func TestADeepLookNamesThePartThatIsIll(t *testing.T) {
	s := begin(t)
	calls.spoil(func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if call.Caller == deployed.Functions[contract.TaskWebAPI] && call.Resource == deployed.CircuitTable {
			cut(rw)
			return
		}
		next.ServeHTTP(rw, r)
	})
	health := read[wire.Health](s, s.ask(request{method: http.MethodGet, path: "/api/health?deep=true"}), http.StatusServiceUnavailable)
	require.Equal(t, "ill", health.Status)
	for _, part := range health.Parts {
		require.Equal(t, map[bool]string{true: "ill", false: "ok"}[part.Name == "circuit"], part.Status, part.Name)
	}
	p := s.ask(request{method: http.MethodGet, path: "/api/circuit", bearer: s.token(viewer)})
	s.anyProblem(p, "what needs it", http.StatusInternalServerError, http.StatusServiceUnavailable)
	require.NotContains(t, string(p.body), deployed.CircuitTable, "the cause is for the log")
	require.Contains(t, string(p.body), `"instance":"`)
}

func TestPollingWhatHasNotChangedBringsNothing(t *testing.T) {
	s := begin(t)
	id := s.send("looked at twice")
	s.completed(soon, id)
	look := request{method: http.MethodGet, path: "/api/messages/" + id, bearer: s.token(viewer), header: http.Header{}}
	first := s.ask(look)
	require.Equal(t, http.StatusOK, first.status)
	look.header.Set("If-None-Match", first.header.Get("ETag"))
	again := s.ask(look)
	require.Equal(t, http.StatusNotModified, again.status)
	require.Empty(t, again.body)
}
