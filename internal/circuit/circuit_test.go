package circuit_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/settings"
)

// thresholds: 5 failures in 60 s; cool-down 30 s, doubling to 5 min; 5 min where an operator must act; lease 15 s.
func thresholds() settings.Breaker { return settings.Default().Breaker }

// Places where a circuit can stand when somebody comes at noon.
const (
	fresh      = "never written"
	closed     = "closed, with two failures"
	open       = "open, cooling down"
	due        = "open, cooled down"
	operator   = "open, unauthorized"
	forced     = "forced open"
	mine       = "half-open, the probe is mine"
	theirs     = "half-open, the probe is somebody else's"
	dead       = "half-open, somebody else's probe died"
	deadMine   = "half-open, my probe died"
	cooled     = "half-open, somebody else's probe died long ago"
	cooledMine = "half-open, my probe died long ago"
)

func stands() map[string]circuit.Circuit {
	halfOpen := func(owner string, until time.Time) circuit.Circuit {
		return circuit.Circuit{
			State: circuit.HalfOpen, Cause: circuit.CauseUnavailable, Trips: 1, Version: 7, OpenedAt: at().Add(-time.Hour),
			RetryAt: until.Add(-20 * time.Second), ProbeOwner: owner, ProbeUntil: until,
		}
	}
	opened := func(cause circuit.Cause, retryAt time.Time) circuit.Circuit {
		return circuit.Circuit{
			State: circuit.Open, Cause: cause, Trips: 1, Version: 7, OpenedAt: at().Add(-time.Hour), RetryAt: retryAt,
		}
	}
	return map[string]circuit.Circuit{
		fresh: {},
		closed: {State: circuit.Closed, Version: 7, Failures: []circuit.Failure{
			{At: at().Add(-20 * time.Second), ID: "a"}, {At: at().Add(-10 * time.Second), ID: "b"},
		}},
		open:       opened(circuit.CauseUnavailable, at().Add(time.Millisecond)),
		due:        opened(circuit.CauseUnavailable, at()),
		operator:   opened(circuit.CauseUnauthorized, at().Add(time.Minute)),
		forced:     opened(circuit.CauseForced, at().Add(-time.Hour)),
		mine:       halfOpen(me, at().Add(time.Millisecond)),
		theirs:     halfOpen(other, at().Add(time.Millisecond)),
		dead:       halfOpen(other, at()),
		deadMine:   halfOpen(me, at()),
		cooled:     halfOpen(other, at().Add(-2*time.Minute)),
		cooledMine: halfOpen(me, at().Add(-2*time.Minute)),
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	const cool, twice = time.Minute, 2 * time.Minute // after one and two failed probes
	refused := func(cause circuit.Cause, retryAt time.Time, cooldown time.Duration) circuit.Permission {
		return circuit.Permission{Cause: cause, RetryAt: retryAt, Cooldown: cooldown}
	}
	probe := circuit.Permission{Granted: true, ProbeUntil: at().Add(15 * time.Second)}
	tests := map[string]struct {
		ask, peek circuit.Permission
		trips     int // of the circuit to write, where asking wins a probe
	}{
		fresh:    {ask: circuit.Permission{Granted: true}, peek: circuit.Permission{Granted: true}},
		closed:   {ask: circuit.Permission{Granted: true}, peek: circuit.Permission{Granted: true}},
		open:     both(refused(circuit.CauseUnavailable, at().Add(time.Millisecond), cool)),
		due:      {ask: probe, peek: refused(circuit.CauseUnavailable, at().Add(cool), cool), trips: 1},
		operator: both(refused(circuit.CauseUnauthorized, at().Add(time.Minute), 5*time.Minute)),
		forced:   both(refused(circuit.CauseForced, at().Add(5*time.Minute), 5*time.Minute)),
		mine:     both(circuit.Permission{Granted: true, ProbeUntil: at().Add(time.Millisecond)}),
		theirs:   both(refused(circuit.CauseUnavailable, at().Add(cool), cool)),
		dead:     both(refused(circuit.CauseUnavailable, at().Add(twice), twice)),
		deadMine: both(refused(circuit.CauseUnavailable, at().Add(twice), twice)),
		cooled:   {ask: probe, peek: refused(circuit.CauseUnavailable, at().Add(twice), twice), trips: 2},
		cooledMine: {
			ask: probe, peek: refused(circuit.CauseUnavailable, at().Add(twice), twice), trips: 2,
		},
	}
	require.Len(t, tests, len(stands()))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := stands()[name]
			next, permission := before.Ask(me, at(), thresholds())
			require.Equal(t, test.ask, permission)
			want := before
			if test.trips > 0 {
				want.State, want.Trips = circuit.HalfOpen, test.trips
				want.ProbeOwner, want.ProbeUntil = me, at().Add(15*time.Second)
				want.RetryAt = next.RetryAt
			}
			require.Equal(t, want, next)
			require.Equal(t, test.peek, before.Peek(me, at(), thresholds()), "peek")
			require.Equal(t, stands()[name], before)
		})
	}
}

func both(p circuit.Permission) struct {
	ask, peek circuit.Permission
	trips     int
} {
	return struct {
		ask, peek circuit.Permission
		trips     int
	}{ask: p, peek: p}
}

// transition is a report or an operator's word, and what it makes of each stand; unnamed stands stay as they are.
type transition struct {
	name string
	make func(circuit.Circuit) circuit.Circuit
	to   map[string]circuit.Circuit
}

func transitions() []transition {
	shut := circuit.Circuit{State: circuit.Closed, Version: 7}
	tripped := func(cause circuit.Cause, cooldown time.Duration) circuit.Circuit {
		return circuit.Circuit{
			State: circuit.Open, Cause: cause, Trips: 2, Version: 7, OpenedAt: at().Add(-time.Hour), RetryAt: at().Add(cooldown),
		}
	}
	failed := func(cause circuit.Cause) func(circuit.Circuit) circuit.Circuit {
		return func(c circuit.Circuit) circuit.Circuit { return c.Failed(me, "c", cause, at(), 0, thresholds()) }
	}
	oneMore := stands()[closed]
	oneMore.Failures = append(oneMore.Failures, circuit.Failure{At: at(), ID: "c"})
	first := circuit.Circuit{State: circuit.Closed, Failures: []circuit.Failure{{At: at(), ID: "c"}}}
	atOnce := func(c circuit.Circuit, cause circuit.Cause) circuit.Circuit {
		c.State, c.Cause, c.OpenedAt, c.RetryAt = circuit.Open, cause, at(), at().Add(5*time.Minute)
		return c
	}
	handedBack := func(name string) circuit.Circuit {
		c := stands()[name]
		c.State, c.ProbeOwner, c.ProbeUntil, c.RetryAt = circuit.Open, "", time.Time{}, at()
		return c
	}
	byForce := circuit.Circuit{State: circuit.Open, Cause: circuit.CauseForced, OpenedAt: at(), RetryAt: at(), Version: 7}

	everywhere := func(c circuit.Circuit, but ...string) map[string]circuit.Circuit {
		all := map[string]circuit.Circuit{}
		for name := range stands() {
			all[name] = c
		}
		for _, name := range but {
			delete(all, name)
		}
		c.Version = 0
		all[fresh] = c
		return all
	}
	return []transition{
		{"no answer", failed(circuit.CauseUnavailable), map[string]circuit.Circuit{
			fresh: first, closed: oneMore,
			mine:       tripped(circuit.CauseUnavailable, 2*time.Minute),
			deadMine:   tripped(circuit.CauseUnavailable, 2*time.Minute),
			cooledMine: tripped(circuit.CauseUnavailable, 2*time.Minute),
		}},
		{"token refused", failed(circuit.CauseUnauthorized), map[string]circuit.Circuit{
			fresh: atOnce(first, circuit.CauseUnauthorized), closed: atOnce(oneMore, circuit.CauseUnauthorized),
			mine:       tripped(circuit.CauseUnauthorized, 5*time.Minute),
			deadMine:   tripped(circuit.CauseUnauthorized, 5*time.Minute),
			cooledMine: tripped(circuit.CauseUnauthorized, 5*time.Minute),
		}},
		{"not ntfy", failed(circuit.CauseMisconfigured), map[string]circuit.Circuit{
			fresh: atOnce(first, circuit.CauseMisconfigured), closed: atOnce(oneMore, circuit.CauseMisconfigured),
			mine:       tripped(circuit.CauseMisconfigured, 5*time.Minute),
			deadMine:   tripped(circuit.CauseMisconfigured, 5*time.Minute),
			cooledMine: tripped(circuit.CauseMisconfigured, 5*time.Minute),
		}},
		{"answered", func(c circuit.Circuit) circuit.Circuit { return c.Answered(me) }, map[string]circuit.Circuit{
			mine: shut, deadMine: shut, cooledMine: shut,
		}},
		{"handed back", func(c circuit.Circuit) circuit.Circuit { return c.HandBack(me, at()) }, map[string]circuit.Circuit{
			mine: handedBack(mine), deadMine: handedBack(deadMine), cooledMine: handedBack(cooledMine),
		}},
		{"forced open", func(c circuit.Circuit) circuit.Circuit { return c.ForceOpen(at()) }, everywhere(byForce, forced)},
		{"reset", func(c circuit.Circuit) circuit.Circuit { return c.Reset() }, everywhere(shut)},
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	for _, transition := range transitions() {
		for name, before := range stands() {
			t.Run(fmt.Sprintf("%s when %s", transition.name, name), func(t *testing.T) {
				t.Parallel()
				want, changes := transition.to[name]
				if !changes {
					want = before
				}
				once := transition.make(before)
				require.Equal(t, want, once)
				require.Equal(t, stands()[name], before, "the circuit that was read stays as it was")
				require.Equal(t, once, transition.make(once), "a repeated report changes nothing")
			})
		}
	}
}

func TestFailuresWithinTheWindowOpenTheCircuit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fact    string
		seconds []float64 // when each failure was reported
		opens   bool
	}{
		{"four at once are not enough", []float64{0, 0, 0, 0}, false},
		{"five at once", []float64{0, 0, 0, 0, 0}, true},
		{"five within the window", []float64{0, 15, 30, 45, 59.999}, true},
		{"the first is out of the window when the fifth comes", []float64{0, 15, 30, 45, 60}, false},
		{"the window slides", []float64{0, 50, 60, 70, 80, 90}, true},
		{"one a quarter of a minute, for ever", []float64{0, 15, 30, 45, 60, 75, 90, 105, 120, 135}, false},
		{"a clock that is behind by less than the window", []float64{0, 1, 2, 3, -50}, true},
		{"a late report does not stretch the window", []float64{100, 10, 20, 30, 41}, false},
		{"late reports count while they lie within the window", []float64{100, 41, 42, 43, 44}, true},
	}
	for _, test := range tests {
		t.Run(test.fact, func(t *testing.T) {
			t.Parallel()
			c := circuit.Circuit{}
			for i, second := range test.seconds {
				require.NotEqual(t, circuit.Open, c.State, "opened before the %d. failure", i+1)
				now := at().Add(time.Duration(second * float64(time.Second)))
				c = c.Failed(me, strconv.Itoa(i), circuit.CauseUnavailable, now, 0, thresholds())
				require.LessOrEqual(t, len(c.Failures), 5)
			}
			require.Equal(t, test.opens, c.State == circuit.Open)
		})
	}
}

// Two who decide on the same circuit must not write into each other's failures.
// A release may lower the threshold while a circuit remembers more failures than the new one.
func TestNoMoreFailuresAreKeptThanTheThreshold(t *testing.T) {
	t.Parallel()
	c := circuit.Circuit{State: circuit.Closed}
	for i := range 9 {
		c.Failures = append(c.Failures, circuit.Failure{At: at().Add(time.Duration(i) * time.Second), ID: strconv.Itoa(i)})
	}
	after := c.Failed(me, "9", circuit.CauseUnavailable, at().Add(9*time.Second), 0, thresholds())
	require.Equal(t, circuit.Open, after.State)
	require.Len(t, after.Failures, thresholds().Threshold)
	require.Equal(t, "9", after.Failures[len(after.Failures)-1].ID, "the newest ones")
}

func TestFailuresAreNotSharedBetweenCircuits(t *testing.T) {
	t.Parallel()
	c := stands()[closed]
	c.Failures = slices.Grow(c.Failures, 8)
	late := at().Add(-30 * time.Second)
	one := c.Failed(me, "c", circuit.CauseUnavailable, late, 0, thresholds())
	two := c.Failed(other, "d", circuit.CauseUnavailable, at(), 0, thresholds())
	require.Equal(t, stands()[closed].Failures, c.Failures)
	require.Equal(t, []circuit.Failure{{At: late, ID: "c"}, c.Failures[0], c.Failures[1]}, one.Failures)
	require.Equal(t, []circuit.Failure{c.Failures[0], c.Failures[1], {At: at(), ID: "d"}}, two.Failures)
}

func TestAFailureReportedTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	c := circuit.Circuit{}
	for i := range 20 {
		c = c.Failed(me, "the same", circuit.CauseUnavailable, at().Add(time.Duration(i)*time.Second), 0, thresholds())
	}
	require.Equal(t, circuit.Closed, c.State)
	require.Len(t, c.Failures, 1)
}

func TestTheCooldownDoublesToItsLimitAndNeverWraps(t *testing.T) {
	t.Parallel()
	cooldowns := map[int]time.Duration{
		0: time.Minute, 1: 2 * time.Minute, 2: 4 * time.Minute, 3: 5 * time.Minute, 4: 5 * time.Minute,
		28: 5 * time.Minute, 29: 5 * time.Minute, 63: 5 * time.Minute, 64: 5 * time.Minute, 1000: 5 * time.Minute,
	}
	for trips, want := range cooldowns {
		probing := stands()[mine]
		probing.Trips = trips
		failed := probing.Failed(me, "c", circuit.CauseUnavailable, at(), 0, thresholds())
		require.Equal(t, want, failed.RetryAt.Sub(at()), "probe %d", trips)

		dying := stands()[dead]
		dying.Trips = trips
		_, permission := dying.Ask(me, at(), thresholds())
		require.Equal(t, want, permission.RetryAt.Sub(at()), "dead probe %d", trips)
		require.Equal(t, want, permission.Cooldown)
	}
}

func TestTheFirstCooldownIsTheShortest(t *testing.T) {
	t.Parallel()
	c := circuit.Circuit{}
	for i := range 5 {
		c = c.Failed(me, strconv.Itoa(i), circuit.CauseUnavailable, at(), 0, thresholds())
	}
	require.Equal(t, at().Add(30*time.Second), c.RetryAt)
	require.Equal(t, at(), c.OpenedAt)
}

func TestJitterAddsUpToATenthOfTheCooldown(t *testing.T) {
	t.Parallel()
	for _, jitter := range []float64{0, 0.5, 0.999999} {
		failed := stands()[mine].Failed(me, "c", circuit.CauseUnavailable, at(), jitter, thresholds())
		extra := failed.RetryAt.Sub(at().Add(2 * time.Minute))
		require.InDelta(t, jitter*0.1*120, extra.Seconds(), 0.001)
	}
}

func TestAProbeIsAPermissionThatMustBeUsedInTime(t *testing.T) {
	t.Parallel()
	require.False(t, circuit.Permission{}.Probe())
	require.False(t, circuit.Permission{Granted: true}.Probe())
	require.False(t, circuit.Permission{ProbeUntil: at()}.Probe())
	require.True(t, circuit.Permission{Granted: true, ProbeUntil: at()}.Probe())
}

// Failures hold times of whatever zone and precision a store gives back; the transitions compare instants.
func TestTransitionsCompareInstantsNotTheirSpelling(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("somewhere", -8*3600)
	for name, c := range stands() {
		spelled := c
		spelled.RetryAt, spelled.ProbeUntil = c.RetryAt.In(zone), c.ProbeUntil.In(zone)
		_, want := c.Ask(me, at(), thresholds())
		_, got := spelled.Ask(me, at().In(zone), thresholds())
		require.Equal(t, want.Granted, got.Granted, name)
		require.True(t, want.RetryAt.Equal(got.RetryAt), name)
		require.True(t, want.ProbeUntil.Equal(got.ProbeUntil), name)
	}
}
