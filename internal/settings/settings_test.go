package settings_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/settings"
)

func TestTheDefaultsKeepEveryRule(t *testing.T) {
	t.Parallel()
	require.NoError(t, settings.Default().Check())
}

func TestEachBrokenRuleIsReported(t *testing.T) {
	t.Parallel()
	tests := map[string][]func(*settings.Settings){
		"0 < HTTPTimeout < SendLambda": {
			func(s *settings.Settings) { s.HTTPTimeout = 0 },
			func(s *settings.Settings) { s.HTTPTimeout = s.SendLambda },
		},
		"2 x TokenRead + HTTPTimeout < SendLambda": {
			func(s *settings.Settings) { s.TokenRead = (s.SendLambda - s.HTTPTimeout) / 2 },
		},
		"TokenRead > 0":                            {func(s *settings.Settings) { s.TokenRead = 0 }},
		"SendLambda < SendTask":                    {func(s *settings.Settings) { s.SendLambda = s.SendTask }},
		"StepLambda < StepTask":                    {func(s *settings.Settings) { s.StepLambda = s.StepTask }},
		"the sends and their waits <= RetryWindow": {func(s *settings.Settings) { s.RetryWindow = s.SendBudget() - 1 }},
		"RetryWindow + SendTask + 2 x StepTask + CompleteAgain <= Workflow": {
			func(s *settings.Settings) {
				s.Workflow = s.RetryWindow + s.SendTask + 2*s.StepTask + s.CompleteAgain - 1
			},
		},
		"Workflow < Processor":        {func(s *settings.Settings) { s.Workflow = s.Processor }},
		"Workflow < Lease":            {func(s *settings.Settings) { s.Lease = s.Workflow }},
		"Lease < Visibility":          {func(s *settings.Settings) { s.Lease = s.Visibility }},
		"Visibility >= 6 x Processor": {func(s *settings.Settings) { s.Visibility = 6*s.Processor - 1 }},
		"Visibility <= 12 h (SQS)":    {func(s *settings.Settings) { s.Visibility = 12*time.Hour + 1 }},
		"MaxDelay <= 15 min (SQS)":    {func(s *settings.Settings) { s.MaxDelay = 15*time.Minute + 1 }},
		"HTTPTimeout < ProbeLease":    {func(s *settings.Settings) { s.Breaker.ProbeLease = s.HTTPTimeout }},
		"SendTask < ProbeLease":       {func(s *settings.Settings) { s.Breaker.ProbeLease = s.SendTask }},
		"0 < Cooldown <= MaxCooldown": {
			func(s *settings.Settings) { s.Breaker.Cooldown = 0 },
			func(s *settings.Settings) { s.Breaker.Cooldown = s.Breaker.MaxCooldown + 1 },
		},
		"OperatorCooldown > 0": {func(s *settings.Settings) { s.Breaker.OperatorCooldown = 0 }},
		"Window > 0":           {func(s *settings.Settings) { s.Breaker.Window = 0 }},
		"0 < Backoff <= MaxBackoff": {
			func(s *settings.Settings) { s.Backoff = 0 },
			func(s *settings.Settings) { s.Backoff = s.MaxBackoff + 1 },
		},
		"MaxBackoff < Deadline":     {func(s *settings.Settings) { s.MaxBackoff = s.Deadline }},
		"Deadline < QueueRetention": {func(s *settings.Settings) { s.QueueRetention = s.Deadline }},
		"Deadline < RecordTTL":      {func(s *settings.Settings) { s.RecordTTL = s.Deadline }},
		"0 < Spacing <= MaxSpacing": {
			func(s *settings.Settings) { s.Limits.Spacing = 0 },
			func(s *settings.Settings) { s.Limits.Spacing = s.Limits.MaxSpacing + 1 },
		},
		"MaxRetryAfter > 0": {func(s *settings.Settings) { s.Limits.MaxRetryAfter = 0 }},
		"CanaryEvery > 0":   {func(s *settings.Settings) { s.Limits.CanaryEvery = 0 }},
		"Sweep.After > 0":   {func(s *settings.Settings) { s.Sweep.After = 0 }},
		"0 < Sweep.First <= Sweep.Max": {
			func(s *settings.Settings) { s.Sweep.First = 0 },
			func(s *settings.Settings) { s.Sweep.First = s.Sweep.Max + 1 },
		},
		"0 < Jobs.Lease < Jobs.Stalled": {
			func(s *settings.Settings) { s.Jobs.Lease = 0 },
			func(s *settings.Settings) { s.Jobs.Lease = s.Jobs.Stalled },
		},
		"Sweep.Batch > 0": {func(s *settings.Settings) { s.Sweep.Batch = 0 }},
		"Threshold > 0":   {func(s *settings.Settings) { s.Breaker.Threshold = 0 }},
		"MaxReceives > 0": {func(s *settings.Settings) { s.MaxReceives = 0 }},
		"0 < BatchSize <= 10": {
			func(s *settings.Settings) { s.BatchSize = 0 },
			func(s *settings.Settings) { s.BatchSize = 11 },
		},
	}
	for rule, breaks := range tests {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			for _, breakRule := range breaks {
				s := settings.Default()
				breakRule(&s)
				require.ErrorContains(t, s.Check(), "settings: "+rule+" does not hold")
			}
		})
	}
}

func TestAllBrokenRulesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.Lease, s.BatchSize, s.Limits.Spacing, s.Breaker.Threshold = 0, 0, 0, 0
	require.Len(t, strings.Split(s.Check().Error(), "\n"), 4)
}

func TestSendBudgetIsAllThatComesBeforeTheLastSend(t *testing.T) {
	t.Parallel()
	s := settings.Settings{HTTPTimeout: 5 * time.Second, SendRetries: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}}
	require.Equal(t, 22*time.Second, s.SendBudget())
	require.Zero(t, settings.Settings{HTTPTimeout: 5 * time.Second}.SendBudget())
	s.TokenRead = time.Second
	require.Equal(t, 25*time.Second, s.SendBudget(), "each send may have to read the token before")
}

// kept are what AWS knows in whole seconds only, or fixes itself, and the counts.
func kept() map[string]bool {
	return map[string]bool{
		"SendLambda": true, "SendTask": true, "StepLambda": true, "StepTask": true, "SendRetries": true, "RetryWindow": true,
		"CompleteAgain": true,
		"Workflow":      true, "Processor": true, "Scheduler": true, "Sweeper": true, "QueueRetention": true, "MaxDelay": true,
		"TokenRead": true, "RecordTTL": true, "MaxReceives": true, "BatchSize": true, "Threshold": true, "Batch": true,
	}
}

// floors are the waits that the machine's own speed bounds.
func floors() map[string]time.Duration {
	return map[string]time.Duration{
		"Visibility": settings.LeastVisibility, "Lease": settings.LeastLease, "ProbeLease": settings.LeastProbeLease,
	}
}

func TestDividedDividesEveryWaitByTheSameFactor(t *testing.T) {
	t.Parallel()
	const factor = 60
	divided := settings.Default().Divided(factor)
	requireDivided(t, reflect.ValueOf(settings.Default()), reflect.ValueOf(divided), factor)
}

// requireDivided goes through the fields, so that a new one has to be thought of.
func requireDivided(t *testing.T, before, after reflect.Value, factor time.Duration) {
	t.Helper()
	for i := range before.NumField() {
		name := before.Type().Field(i).Name
		switch field := before.Field(i); {
		case kept()[name]:
			require.Equal(t, field.Interface(), after.Field(i).Interface(), name)
		case floors()[name] > 0 && before.Type() != reflect.TypeFor[settings.Jobs](): // a job's worker may be overtaken
			require.Equal(t, max(field.Interface().(time.Duration)/factor, floors()[name]), after.Field(i).Interface(), name)
		case field.Kind() == reflect.Struct:
			requireDivided(t, field, after.Field(i), factor)
		default:
			wait, ok := reflect.TypeAssert[time.Duration](field)
			require.True(t, ok, "%s is of a new kind: divided or kept?", name)
			require.Equal(t, wait/factor, after.Field(i).Interface(), name)
		}
	}
}

func TestADividedVisibilityIsStillLongerThanABatchTakes(t *testing.T) {
	t.Parallel()
	for _, factor := range []int{1, 2, 6, 7, 40, 1000} {
		s := settings.Default().Divided(factor)
		require.GreaterOrEqual(t, s.Visibility, settings.LeastVisibility, "divided by %d", factor)
		require.Greater(t, s.Visibility, s.Lease, "divided by %d", factor)
	}
}

// Seen at a factor of 40 on a busy machine: a probe's lease of 375 ms was over before the Lambda that should have made
// the request had started, again and again, and 169 of 200 messages never left the queue.
func TestADividedLeaseStillHasTimeForAStartOfALambda(t *testing.T) {
	t.Parallel()
	const start = 2 * time.Second // cold, on a machine with many times more work than cores
	for _, factor := range []int{1, 2, 6, 7, 20, 30, 40, 1000} {
		s := settings.Default().Divided(factor)
		require.GreaterOrEqual(t, s.Breaker.ProbeLease, start+s.HTTPTimeout, "divided by %d", factor)
		require.Greater(t, s.Lease, s.Breaker.ProbeLease, "divided by %d", factor)
	}
}

func TestDividedByLessThanTwoChangesNothing(t *testing.T) {
	t.Parallel()
	for _, factor := range []int{-1, 0, 1} {
		require.Equal(t, settings.Default(), settings.Default().Divided(factor))
	}
}

func TestDividedLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.Divided(10)
	require.Equal(t, settings.Default(), s)
}
