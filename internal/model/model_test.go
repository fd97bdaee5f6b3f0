package model_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// envSeed names the environment variable that holds the seed of the only story to run: the one that a failure named.
const envSeed = "REZ_TEST_SEED"

// Whatever happens, in whatever order: every write and every request keeps the promises, afterwards a way leads to an
// end, and the books agree. Half of the seeds are always the same, the others are new each time.
func TestStories(t *testing.T) {
	t.Parallel()
	if only := os.Getenv(envSeed); only != "" {
		seed, err := strconv.ParseUint(only, 10, 64)
		require.NoError(t, err)
		require.Empty(t, newWorld(seed).run(), "seed %d", seed)
		return
	}
	n := stories
	if testing.Short() {
		n /= 20
	}
	began, first := time.Now(), rand.Uint64()
	var total tally
	for i := range n {
		seed := uint64(i)
		if i >= n/2 {
			seed += first
		}
		w := newWorld(seed)
		require.Empty(t, w.run(), "%s=%d", envSeed, seed)
		total.add(w.tally)
	}
	t.Logf("half of them new, with %s=%d and up: %+v in %s", envSeed, first+uint64(n/2), total, time.Since(began).Round(time.Millisecond))
	if n >= 200 {
		total.requireEventful(t, n)
	}
}

// run tells a story, and gives the first thing that happened and never may.
func (w *world) run() (violation string) {
	defer w.crashAll()
	w.accept()
	for range 50 + w.roll(400) {
		w.step()
		if w.violation != "" {
			return w.violation
		}
	}
	w.crashAll()
	w.endsWithNobodysHelp()
	w.checkBooks()
	w.note()
	return w.violation
}

// tally is what happened in stories.
type tally struct {
	stories, actors, faults, writes, requests, shown, twice, completed, failed, replayed, deferred int
}

// note counts what became of the messages.
func (w *world) note() {
	w.tally.stories++
	c := w.recount()
	w.tally.completed += c.Completed
	w.tally.failed += c.Failed()
	w.tally.replayed += c.Replayed
	w.tally.deferred += c.Deferrals
}

func (t *tally) add(other tally) {
	for _, sum := range []struct {
		of *int
		n  int
	}{
		{&t.stories, other.stories},
		{&t.actors, other.actors},
		{&t.faults, other.faults},
		{&t.writes, other.writes},
		{&t.requests, other.requests},
		{&t.shown, other.shown},
		{&t.twice, other.twice},
		{&t.completed, other.completed},
		{&t.failed, other.failed},
		{&t.replayed, other.replayed},
		{&t.deferred, other.deferred},
	} {
		*sum.of += sum.n
	}
}

// requireEventful: stories in which nothing happens would show nothing.
func (t *tally) requireEventful(test *testing.T, stories int) {
	test.Helper()
	require.Equal(test, stories, t.stories)
	for what, count := range map[string]int{
		"faults": t.faults, "deliveries": t.completed, "ends without one": t.failed, "replays": t.replayed, "deferrals": t.deferred,
	} {
		require.Greater(test, count, stories/5, what)
	}
}
