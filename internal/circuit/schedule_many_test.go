package circuit_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
)

// envSeed names the environment variable that holds the seed of the only schedule to run: the one that a failure named.
const envSeed = "REZ_TEST_SEED"

// manySchedules is how many schedules are run, each of least to most steps, and on which store. Half of their seeds are
// always the same, the others are new each time.
type manySchedules struct {
	count, least, most int
	sideBySide         int
	open               func() circuit.Store
}

func (m manySchedules) run(t *testing.T) {
	t.Helper()
	if testing.Short() {
		m.count /= 20
	}
	first := rand.Uint64()
	seeds := func(i int) uint64 {
		if i < m.count/2 {
			return uint64(i)
		}
		return first + uint64(i)
	}
	if only := os.Getenv(envSeed); only != "" {
		seed, err := strconv.ParseUint(only, 10, 64)
		require.NoError(t, err)
		_, violation := m.runOne(seed)
		require.Empty(t, violation)
		return
	}
	began := time.Now()
	total := m.runAll(t, seeds)
	t.Logf("half of them new, with %s=%d and up: %+v in %s", envSeed, seeds(m.count-1)-uint64(m.count/2), total,
		time.Since(began).Round(time.Millisecond))
	if m.count >= 1_000 {
		total.requireEventful(t, m.count)
	}
}

func (m manySchedules) runAll(t *testing.T, seeds func(i int) uint64) tally {
	t.Helper()
	var (
		total  tally
		broken string
		mu     sync.Mutex
		next   atomic.Int64
		all    sync.WaitGroup
	)
	for range m.sideBySide {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < m.count; i = int(next.Add(1)) - 1 {
				counted, violation := m.runOne(seeds(i))
				mu.Lock()
				total.add(counted)
				if violation != "" && broken == "" {
					broken = fmt.Sprintf("%s=%d: %s", envSeed, seeds(i), violation)
					next.Store(int64(m.count))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	require.Empty(t, broken)
	return total
}

func (m manySchedules) runOne(seed uint64) (tally, string) {
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(m.open(), fmt.Sprintf("%s-%d", channel, seed), func(n int, _ string) int { return random.IntN(n) })
	violation := w.run(w.between(m.least, m.most, "steps"))
	return w.tally, violation
}

// tally is what happened in schedules.
type tally struct {
	schedules, steps, executions, most, crashes, requests, opened, probes, closed, mostProbes int
}

func (t *tally) add(other tally) {
	for _, sum := range []struct {
		of *int
		n  int
	}{
		{&t.schedules, other.schedules},
		{&t.steps, other.steps},
		{&t.executions, other.executions},
		{&t.crashes, other.crashes},
		{&t.requests, other.requests},
		{&t.opened, other.opened},
		{&t.probes, other.probes},
		{&t.closed, other.closed},
	} {
		*sum.of += sum.n
	}
	t.most, t.mostProbes = max(t.most, other.most), max(t.mostProbes, other.mostProbes)
}

// requireEventful: schedules in which nothing happens would show nothing.
func (t *tally) requireEventful(test *testing.T, schedules int) {
	test.Helper()
	require.Equal(test, schedules, t.schedules)
	require.Equal(test, 50, t.most, "executions at once")
	for what, count := range map[string]int{"openings": t.opened, "probes": t.probes, "closings": t.closed, "crashes": t.crashes} {
		require.Greater(test, count, schedules/50, what)
	}
}
