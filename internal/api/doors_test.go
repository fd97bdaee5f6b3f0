package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/api"
	"github.com/rezagent/rez_agent/internal/auth"
)

// anID is one that a path takes.
const anID = "0198c1f2-6f0a-7c3e-9d55-2b7c1f0a9e11"

// door is a route, with an id where one is due.
type door struct {
	method, path string
	open, act    bool
	// asks: it changes nothing and yet sends a body, so that a cookie must prove itself there too.
	asks bool
}

// doors are all routes of the description but the sign-in's own.
func doors(t *testing.T) map[string]door {
	t.Helper()
	all := map[string]door{}
	for path, item := range api.Document().Paths {
		if strings.HasPrefix(path, "/api/auth/") && path != "/api/auth/me" {
			continue
		}
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				asks := op.OperationID == "preview-schedule"
				all[op.OperationID] = door{
					op.Method, strings.ReplaceAll(path, "{id}", anID), path == "/api/health", op.Method != http.MethodGet && !asks, asks,
				}
			}
		}
	}
	require.Greater(t, len(all), 20)
	return all
}

func TestEveryRouteKeepsOutWhomItShould(t *testing.T) {
	t.Parallel()
	noRole, byCookie := *viewer(), *operator()
	noRole.Role = ""
	byCookie.Via = auth.ViaCookie
	for name, door := range doors(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			body := ""
			if door.act || door.asks {
				body = `{}`
			}
			if door.open {
				require.Equal(t, http.StatusOK, w.call(nil, door.method, door.path, body).status)
				return
			}
			nobody := w.call(nil, door.method, door.path, body)
			require.Equal(t, http.StatusUnauthorized, nobody.status)
			require.Equal(t, "unauthenticated", nobody.problem(t).Code)
			without := w.call(&noRole, door.method, door.path, body)
			require.Equal(t, http.StatusForbidden, without.status)
			require.Equal(t, "no_role", without.problem(t).Code)
			seen := w.call(viewer(), door.method, door.path, body)
			unproven := w.call(&byCookie, door.method, door.path, body)
			if door.act {
				require.Equal(t, "forbidden", seen.problem(t).Code)
				require.Equal(t, http.StatusForbidden, seen.status)
				require.Equal(t, "csrf", unproven.problem(t).Code)
				require.Equal(t, http.StatusForbidden, unproven.status)
			} else {
				require.NotContains(t, []int{401, 403}, seen.status)
				require.Equal(t, door.asks, unproven.status == http.StatusForbidden)
				require.NotEqual(t, http.StatusUnauthorized, unproven.status)
			}
			require.Empty(t, w.published.all, "nothing was done")
			require.Empty(t, w.letters.redriven)
		})
	}
}

func TestACookieWithItsProofMayAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	byCookie := *operator()
	byCookie.Via = auth.ViaCookie
	proof := header(auth.CSRFHeader, "1")
	require.Equal(t, http.StatusAccepted, w.call(&byCookie, http.MethodPost, "/api/messages", hello, proof, header("Origin", publicURL)).status)
	foreign := w.call(&byCookie, http.MethodPost, "/api/messages", hello, proof, header("Origin", "https://evil.example"))
	require.Equal(t, "csrf", foreign.problem(t).Code)
	require.Len(t, w.published.all, 1)
}

func TestNoHeaderSaysWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"X-Caller", "name", "role", "subject", "X-Amzn-Principal", "principalId", "X-Forwarded-User"} {
		a := w.call(nil, http.MethodGet, "/api/auth/me", "", header(name, "operator"))
		require.Equal(t, http.StatusUnauthorized, a.status, name)
		named := w.call(viewer(), http.MethodGet, "/api/auth/me", "", header(name, "user:root"))
		require.Contains(t, string(named.body), "user:vic", name)
		require.NotContains(t, string(named.body), "root", name)
	}
}

func TestAPathThatCouldMeanTwoThingsIsNoPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{
		"/api/auth/../messages", "/api/auth/..%2fmessages", "/api/auth/%2e%2e/messages", "/api//messages", "/api/./messages",
		"/api/messages/..", "/api/messages/%2e%2e/circuit", "/api/messages%2f" + anID, "/api/auth%5c..%5cmessages", "/api/messages/%00",
	} {
		for _, as := range []*auth.Caller{nil, operator()} {
			a := w.call(as, http.MethodGet, path, "")
			require.Equal(t, http.StatusNotFound, a.status, path)
			require.Equal(t, "not_found", a.problem(t).Code, path)
		}
	}
}

func TestAWrongMethodIsToldWhichAreRight(t *testing.T) {
	t.Parallel()
	a := newWorld(t).call(operator(), http.MethodDelete, "/api/messages", "")
	require.Equal(t, http.StatusMethodNotAllowed, a.status)
	require.Equal(t, "GET, POST", a.header.Get("Allow"))
	require.Equal(t, "method_not_allowed", a.problem(t).Code)
}

func TestAnUnknownPathIsAProblemToo(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/api", "/api/nothing", "/api/messages/x/y/z"} {
		a := newWorld(t).call(operator(), http.MethodGet, path, "")
		require.Equal(t, "not_found", a.problem(t).Code, path)
		require.Equal(t, "ref-1", a.problem(t).Instance)
	}
}
