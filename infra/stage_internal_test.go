package infra

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/settings"
)

func TestStagesHoldTogether(t *testing.T) {
	t.Parallel()
	for _, stage := range stages() {
		require.NoError(t, stage.check(0), stage.Name)
	}
}

// A second channel's processors take their part of the account's concurrency.
func TestASecondChannelNeedsConcurrencyOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, stage := range stages() {
		err := stage.check(1)
		if stage.Reservations {
			require.NoError(t, err, stage.Name)
			continue
		}
		require.ErrorContains(t, err, "14 Lambdas at once, a new account has 10")
		require.ErrorContains(t, err, "raise the account's quota")
	}
	full := Stage{Name: "x", LogLevel: "info", Reservations: true, MaxProcessors: 71, BatchSize: settings.Default().BatchSize}
	require.NoError(t, full.check(0))
	require.ErrorContains(t, full.check(1), "Lambdas at once, there are")
}

// An account may have no concurrency to reserve. Then a stage either fits into what a new one has, or is refused: else
// throttled processors would use up their messages' receives.
func TestWithoutReservationsAStageFitsOrIsRefused(t *testing.T) {
	t.Parallel()
	for _, stage := range stages() {
		stage.Reservations = false
		atOnce, free := stage.concurrency(0)
		require.Equal(t, newAccountQuota, free, stage.Name)
		require.Equal(t, atOnce <= newAccountQuota, stage.check(0) == nil, stage.Name)
	}
}

func TestAStageThatWouldThrottleIsRefused(t *testing.T) {
	t.Parallel()
	sound := Stage{Name: "x", LogLevel: "info", Reservations: true, MaxProcessors: 50, BatchSize: settings.Default().BatchSize}
	require.NoError(t, sound.check(0))
	for name, given := range map[string]struct {
		change func(*Stage)
		says   string
	}{
		"reservations switched off with the usual concurrency": {func(s *Stage) { s.Reservations = false }, "556 Lambdas at once, there are 10"},
		"more than the account leaves":                         {func(s *Stage) { s.MaxProcessors = 75 }, "853 Lambdas at once, there are 819"},
		"fewer processors than SQS allows":                     {func(s *Stage) { s.MaxProcessors = 1 }, "no fewer than 2"},
		"keys and gradual deployments on the emulator":         {func(s *Stage) { s.Emulated, s.Shift = true, true }, "OwnKeys, Shift or another option"},
		"a canary without a gradual deployment":                {func(s *Stage) { s.APICanary = true }, "APICanary is on and Shift is not"},
		"a firewall on the emulator":                           {func(s *Stage) { s.Emulated, s.Firewall = true, true }, "emulator"},
		"tickets that wait for long":                           {func(s *Stage) { s.QueueWindow = 6 * time.Second }, "whole seconds, at most 5s"},
		"a window that AWS does not know":                      {func(s *Stage) { s.QueueWindow = 1500 * time.Millisecond }, "whole seconds, at most 5s"},
		"unknown log level":                                    {func(s *Stage) { s.LogLevel = "loud" }, "debug, info, warn or error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := sound
			given.change(&stage)
			require.ErrorContains(t, stage.check(0), given.says)
		})
	}
}
