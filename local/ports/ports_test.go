package ports_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/steps"
)

func TestAFreePortIsFoundBelowTheEphemeralRange(t *testing.T) {
	t.Parallel()
	port, err := ports.Pick(t.Context(), "ntfy stand-in", "NTFY_PORT", 0)
	require.NoError(t, err)
	require.GreaterOrEqual(t, port, 20000)
	require.Less(t, port, 32000)
	require.NoError(t, listen(t, port).Close())
}

func TestAChosenPortIsTaken(t *testing.T) {
	t.Parallel()
	free, err := ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", 0)
	require.NoError(t, err)
	port, err := ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", free)
	require.NoError(t, err)
	require.Equal(t, free, port)
}

func TestATakenPortIsAProblemThatNamesPartPortAndRemedy(t *testing.T) {
	t.Parallel()
	free, err := ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", 0)
	require.NoError(t, err)
	listener := listen(t, free)
	defer func() { require.NoError(t, listener.Close()) }()

	_, err = ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", free)
	var problem *steps.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, "emulator", problem.Part)
	require.ErrorContains(t, err, strconv.Itoa(free)+" on 127.0.0.1 is taken")
	require.Contains(t, problem.Do, "EMULATOR_PORT=<port>")
}

func TestAnImpossiblePortIsAProblem(t *testing.T) {
	t.Parallel()
	_, err := ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", 70000)
	var problem *steps.Problem
	require.ErrorAs(t, err, &problem)
	require.Contains(t, problem.Do, "1024 to 65535")
}

func listen(t *testing.T, port int) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", net.JoinHostPort(ports.Loopback, strconv.Itoa(port)))
	require.NoError(t, err)
	return listener
}

func TestTheUsualPortIsTakenWhereItIsFree(t *testing.T) {
	t.Parallel()
	usual, err := ports.Pick(t.Context(), "API", "API_PORT", 0)
	require.NoError(t, err)
	got, err := ports.Prefer(t.Context(), "API", "API_PORT", 0, usual)
	require.NoError(t, err)
	require.Equal(t, usual, got)

	listener := listen(t, usual)
	defer func() { require.NoError(t, listener.Close()) }()
	got, err = ports.Prefer(t.Context(), "API", "API_PORT", 0, usual)
	require.NoError(t, err)
	require.NotEqual(t, usual, got, "taken: a free one")

	_, err = ports.Prefer(t.Context(), "API", "API_PORT", usual, 1)
	require.ErrorContains(t, err, "is taken", "one that a person chose is never exchanged for another")
}
