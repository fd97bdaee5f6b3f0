package main

import (
	"bytes"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/store/storetest"
	"github.com/rezagent/rez_agent/local/emulator"
)

func parse(t *testing.T, args ...string) (options, error) {
	t.Helper()
	var chosen options
	parser, err := kong.New(&chosen, kong.Exit(func(int) { t.Fatal("it ended") }))
	require.NoError(t, err)
	_, err = parser.Parse(args)
	return chosen, err
}

func TestWithoutHoursItIsTheLastSettledWeek(t *testing.T) {
	t.Parallel()
	chosen, err := parse(t, "--stage=dev")
	require.NoError(t, err)
	now := time.Date(2026, time.November, 25, 12, 30, 0, 0, time.UTC)
	span := chosen.span(now)
	require.Equal(t, time.Date(2026, time.November, 24, 11, 0, 0, 0, time.UTC), span.To)
	require.Equal(t, 7*24*time.Hour, span.To.Sub(span.From))
	require.NoError(t, span.Check(now, chosen.Settle))
}

func TestHoursMayBeInAnyTimeZone(t *testing.T) {
	t.Parallel()
	chosen, err := parse(t, "--stage=dev", "--from=2026-11-20T01:00:00+01:00", "--to=2026-11-21T00:00:00Z")
	require.NoError(t, err)
	require.Equal(t, metrics.Span{
		From: time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC), To: time.Date(2026, time.November, 21, 0, 0, 0, 0, time.UTC),
	}, chosen.span(time.Now()))
}

func TestWhatIsWrongIsSaidByName(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--stage":  nil,
		"--rate":   {"--stage=dev", "--rate=0"},
		"--from":   {"--stage=dev", "--from=yesterday"},
		"--settle": {"--stage=dev", "--settle=long"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := parse(t, args...)
			require.ErrorContains(t, err, want)
		})
	}
}

// The program as a whole, on tables of an emulator: it finds them by the environment, as on AWS.
func TestItRaisesTheCountersOfADeployment(t *testing.T) {
	endpoint := storetest.Endpoint(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": emulator.Region,
		"AWS_ACCESS_KEY_ID": emulator.AccessKeyID, "AWS_SECRET_ACCESS_KEY": emulator.SecretAccessKey,
	} {
		t.Setenv(name, value)
	}
	client := storetest.Client(endpoint)
	chosen, err := parse(t, "--stage=dev", "--settle=0s", "--rate=100000",
		"--messages-table="+storetest.MessagesTable(t, client), "--metrics-table="+storetest.MetricsTable(t, client))
	require.NoError(t, err)
	accepted := time.Now().Add(-30 * time.Hour)
	times := message.TimesOf(settings.Default())
	for range 3 {
		rec := message.New(uuid.NewString(), "notification", "ntfy", "dev", "user:ann", "{}", accepted, times)
		require.NoError(t, store.NewMessages(client, chosen.MessagesTable).Create(t.Context(), rec))
	}

	hour := metrics.HourOf(accepted)
	bundle := certificateBundle(t)
	for _, round := range []struct{ bundle, want string }{
		{"", "accepted 0 → 3"},
		{bundle, " 0 hours that missed something"}, // as where a proxy has certificates of its own
	} {
		t.Setenv("AWS_CA_BUNDLE", round.bundle)
		var out, progress bytes.Buffer
		require.NoError(t, run(t.Context(), chosen, &out, &progress))
		require.Contains(t, out.String(), round.want)
		require.Contains(t, progress.String(), "3 records read")
		got, err := store.NewMetrics(client, chosen.MetricsTable).Hours(t.Context(), seriesOf("dev")[0], hour, hour)
		require.NoError(t, err)
		require.Equal(t, map[time.Time]metrics.Counters{hour: {Accepted: 3}}, got)
	}
}

// certificateBundle is a file with one certificate.
func certificateBundle(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	file := filepath.Join(t.TempDir(), "bundle.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return file
}

func TestTheReportSaysWhatWasRaisedAndWhatNot(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)
	span := metrics.Span{From: noon, To: noon.Add(2 * time.Hour)}
	raised := metrics.Difference{Series: "dev#notification", Hour: noon, Mended: metrics.Counters{Completed: 2}}
	conflict := raised
	conflict.Conflict = true
	done := metrics.Reconciled{Read: 10, Unreadable: 1, Differences: []metrics.Difference{raised, conflict}}
	const line = "dev#notification 2026-11-20T12:00:00Z: completed 0 → 2"
	const end = "2026-11-20T12:00:00Z to 2026-11-20T14:00:00Z: 10 records read, 1 items unreadable, 2 hours that missed something\n"

	var out bytes.Buffer
	require.NoError(t, report(&out, span, false, done))
	require.Equal(t, line+"\n"+line+" (not raised: it was changed meanwhile; run again)\n"+end, out.String())
	out.Reset()
	done.Differences[1].Conflict = false
	require.NoError(t, report(&out, span, true, done))
	require.Equal(t, line+" (not raised: dry run)\n"+line+" (not raised: dry run)\n"+end, out.String())
}
