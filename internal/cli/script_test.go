package cli

import (
	"context"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rezagent": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(Run(ctx, System(), os.Args[1:]))
	}})
}

// TestScripts runs the program as a process of its own against an API in memory, each script with one of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "scripts"),
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exitsWith, "calls": countCalls, "body": lastBody,
		},
	})
}

type apiKey struct{}

func setup(env *testscript.Env) error {
	api := newFakeAPI()
	api.add("user:old", "an old one", "completed")
	api.add("user:alice", "<b>&\x1b[31mred", "failed")
	api.add("user:alice", "waits", "deferred")
	server := httptest.NewServer(api)
	env.Defer(server.Close)
	env.Values[apiKey{}] = api
	env.Setenv("REZAGENT_URL", server.URL)
	env.Setenv("REZAGENT_TOKEN", operatorToken)
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
	env.Setenv("TZ", "UTC")
	env.Setenv("OLD", uuidOf(1))
	env.Setenv("FAILED", uuidOf(2))
	env.Setenv("WAITS", uuidOf(3))
	env.Setenv("NEW", uuidOf(4))
	return nil
}

// exitsWith is exec with the exit code that is expected before it, as in: exits 2 rezagent list.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		found := regexp.MustCompile(`exit status (\d+)`).FindStringSubmatch(err.Error())
		if found == nil {
			ts.Fatalf("no exit code: %v", err)
		}
		got = found[1]
	}
	if got != want {
		ts.Fatalf("exit code %s, want %s", got, want)
	}
}

// countCalls tells how many requests have reached the API so far.
func countCalls(ts *testscript.TestScript, _ bool, args []string) {
	api, _ := ts.Value(apiKey{}).(*fakeAPI)
	api.mu.Lock()
	defer api.mu.Unlock()
	if got := strconv.Itoa(len(api.calls)); got != args[0] {
		ts.Fatalf("%s requests reached the API, want %s: %v", got, args[0], api.calls)
	}
}

// lastBody compares the last request that changed something with a pattern.
func lastBody(ts *testscript.TestScript, neg bool, args []string) {
	api, _ := ts.Value(apiKey{}).(*fakeAPI)
	api.mu.Lock()
	defer api.mu.Unlock()
	last := ""
	for _, call := range api.calls {
		if call.method != "GET" {
			last = call.method + " " + call.path + " " + call.body
		}
	}
	if regexp.MustCompile(args[0]).MatchString(last) == neg {
		ts.Fatalf("the last request that changed something was %s", last)
	}
}
