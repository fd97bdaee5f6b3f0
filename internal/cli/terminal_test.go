package cli

import (
	"context"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// CLI-1: under cron, or behind a program that never ends, standard input stays open for ever.
func TestTextThatIsGivenLeavesStandardInputAlone(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.InTerminal = false
	x.In = neverRead{t}
	require.Equal(t, exitDone, x.run(t, "send", "x"))
	require.Contains(t, x.api.calls[0].body, `"message":"x"`)
}

type neverRead struct{ t *testing.T }

func (r neverRead) Read([]byte) (int, error) {
	r.t.Error("standard input was read")
	return 0, io.EOF
}

func TestCtrlCEndsAWaitForStandardInput(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.InTerminal = false
	open, _ := io.Pipe()
	x.In = open
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, exitInterrupted, Run(ctx, x.Env, []string{"send"}))
	require.Empty(t, x.api.calls)
	require.NoError(t, open.Close())
}

func TestOnATerminalWithoutATextAHintComesAtOnce(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.In = neverRead{t}
	require.Equal(t, exitUsage, x.run(t, "send"))
	require.Contains(t, x.err.String(), "there is no text")
}

func TestColoursAreForATerminalAlone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		terminal bool
		env      map[string]string
		want     bool
	}{
		"on a terminal":             {terminal: true, want: true},
		"in a pipe":                 {terminal: false},
		"NO_COLOR":                  {terminal: true, env: map[string]string{"NO_COLOR": "1"}},
		"a terminal that has none":  {terminal: true, env: map[string]string{"TERM": "dumb"}},
		"an empty NO_COLOR is none": {terminal: true, env: map[string]string{"NO_COLOR": ""}, want: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTerminal(t)
			x.OutTerminal = test.terminal
			maps.Copy(x.env, test.env)
			x.api.add("user:alice", "x", "failed")
			require.Equal(t, exitDone, x.run(t, "list"))
			require.Equal(t, test.want, strings.Contains(x.out.String(), "\x1b["))
			require.Contains(t, x.out.String(), uuidOf(1), "an id is always whole")
		})
	}
}

func TestAReplayByFilterAsksFirst(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer string
		code   int
		calls  int
	}{
		"yes":     {"y\n", exitDone, 3},
		"no":      {"n\n", exitFailed, 1},
		"nothing": {"\n", exitFailed, 1},
		"the end": {"", exitFailed, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newTerminal(t)
				x.api.add("user:alice", "x", "failed")
				x.In = strings.NewReader(test.answer)
				require.Equal(t, test.code, x.run(t, "replay", "--status", "failed"))
				require.Contains(t, x.err.String(), "Replay 1 message? [y/N] ")
				require.Len(t, x.api.calls, test.calls)
			})
		})
	}
}

func TestCtrlCLeavesAReplayAtWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTerminal(t)
		x.api.add("user:alice", "x", "failed")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		stopped, stop := context.WithCancel(context.WithoutCancel(ctx))
		context.AfterFunc(ctx, stop)
		require.Equal(t, exitInterrupted, Run(stopped, x.Env, []string{"replay", "--status", "failed", "--yes"}))
		require.Contains(t, x.err.String(), "the replay goes on: `rezagent replays show "+uuidOf(900)+"` looks at it")
	})
}

// DDB-1, from the caller's side: the answers are lost, the message is one.
func TestASendWhoseAnswersAreLostIsOneMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTerminal(t)
		x.api.lose = 2
		require.Equal(t, exitDone, x.run(t, "send", "x"))
		require.Len(t, x.api.calls, 3)
		require.Len(t, x.api.messages, 1)
		require.NotEmpty(t, x.api.calls[0].key)

		x.api.lose = 3
		require.Equal(t, exitFailed, x.run(t, "send", "y"))
		_, rest, _ := strings.Cut(x.err.String(), "send it again with --key ")
		key, _, _ := strings.Cut(rest, ":")
		require.Equal(t, exitDone, x.run(t, "send", "y", "--key", key))
		require.Len(t, x.api.messages, 2)
	})
}

func TestTwoSendsAreTwoMessages(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	require.Equal(t, exitDone, x.run(t, "send", "x"))
	require.Equal(t, exitDone, x.run(t, "send", "x"))
	require.Len(t, x.api.messages, 2)
}

func TestTailOfAllShowsEachChangeOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTerminal(t)
		x.OutTerminal = false
		x.api.add("user:alice", "old", "completed")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int)
		go func() { done <- Run(ctx, x.Env, []string{"tail"}) }()
		time.Sleep(5 * time.Second)
		step := func(change func()) {
			x.api.mu.Lock()
			change()
			x.api.mu.Unlock()
			time.Sleep(lastLook)
		}
		step(func() { x.api.add("user:alice", "new", "created") })
		step(func() { x.api.messages[0].become("deferred") })
		// More than a page pushes it away; it is followed all the same.
		step(func() {
			for range 2*largestPage + 50 {
				x.api.add("user:bob", "burst", "completed")
			}
		})
		step(func() { x.api.messages[2*largestPage+50].become("completed") })
		cancel()
		require.Equal(t, exitInterrupted, <-done)
		lines := strings.Split(strings.TrimSpace(x.out.String()), "\n")
		require.Len(t, lines, 1+2+250+1)
		require.Contains(t, lines[0], uuidOf(1)+"  completed")
		require.Contains(t, lines[1], uuidOf(2)+"  created  new")
		require.Contains(t, lines[2], uuidOf(2)+"  deferred")
		require.Contains(t, lines[len(lines)-1], uuidOf(2)+"  completed")
	})
}

func TestFollowingOutlastsAnAPIThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTerminal(t)
		x.api.add("user:alice", "x", "created", "completed")
		down := inMemory{x.api}
		x.HTTP.Transport = cutsOff{down, time.Now().Add(time.Minute)}
		require.Equal(t, exitDone, x.run(t, "tail", uuidOf(1)))
		require.Equal(t, 1, strings.Count(x.err.String(), "no answer, still trying"))
		require.Contains(t, x.out.String(), "completed")
	})
}

func TestHealthThatIsIllIsAFailureWithItsParts(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.api.ill = true
	require.Equal(t, exitFailed, x.run(t, "health"))
	require.Contains(t, x.out.String(), "queue")
	require.Len(t, x.api.calls, 1, "ill is an answer, not one to ask for again")
}

func TestOpenShowsTheLinkInTheBrowser(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.api.add("user:alice", "x", "completed")
	opened := ""
	x.OpenBrowser = func(_ context.Context, address string) error { opened = address; return nil }
	require.Equal(t, exitDone, x.run(t, "open"))
	require.Contains(t, opened, "https://eu-central-1.console.aws.amazon.com/")
	require.Contains(t, x.out.String(), opened)
}

func TestOnlyWebAddressesAreOpened(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"file:///etc/passwd", "javascript:alert(1)", "--version", "", "https:", "/x"} {
		require.Error(t, openBrowser(t.Context(), address), address)
	}
}
