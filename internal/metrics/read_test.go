package metrics_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

// filled holds, for each of the last 200 hours, one accepted message of each type, and one opened circuit.
func filled(t *testing.T) *memory.Metrics {
	t.Helper()
	store := memory.NewMetrics()
	for i := range 200 {
		hour := noon().Add(-time.Duration(i) * time.Hour)
		for _, s := range []metrics.Series{
			series(), metrics.MessageSeries(stage, "scheduled_hello"), metrics.MessageSeries("prod", kind),
		} {
			require.NoError(t, store.AddDelta(t.Context(), metrics.Delta{Series: s, Hour: hour, Counters: metrics.Counters{Accepted: 1}}))
		}
		require.NoError(t, store.AddDelta(t.Context(), metrics.Delta{
			Series: metrics.CircuitSeries(stage, "ntfy"), Hour: hour, Counters: metrics.Counters{Opened: 2, Closed: 1},
		}))
	}
	return store
}

func TestAPeriodBeginsWithAWholeHour(t *testing.T) {
	t.Parallel()
	tests := map[metrics.Period]struct {
		hours int
		from  time.Time
	}{
		metrics.PeriodHour: {2, noon().Add(-time.Hour)},
		metrics.PeriodDay:  {25, noon().Add(-24 * time.Hour)},
		metrics.PeriodWeek: {169, noon().Add(-168 * time.Hour)},
	}
	store := filled(t)
	for period, test := range tests {
		for name, now := range map[string]time.Time{"on the hour": noon(), "before the next": noon().Add(time.Hour - 1)} {
			t.Run(string(period)+" "+name, func(t *testing.T) {
				t.Parallel()
				report, err := (&metrics.Reader{Store: store, Stage: stage}).Read(t.Context(), now, period, "", kind)
				require.NoError(t, err)
				require.Equal(t, test.from, report.From)
				require.Equal(t, now, report.To)
				require.Equal(t, test.hours, report.Total.Accepted)
				require.Len(t, report.Hours, test.hours)
				require.Equal(t, test.from, report.Hours[0].Start)
				require.Equal(t, noon(), report.Hours[test.hours-1].Start)
				require.Equal(t, []int{2 * test.hours, test.hours}, []int{report.CircuitOpened, report.CircuitClosed})
			})
		}
	}
}

func TestAReportIsByTypeByHourAndOfOneStage(t *testing.T) {
	t.Parallel()
	reader := &metrics.Reader{Store: filled(t), Stage: stage}
	report, err := reader.Read(t.Context(), noon(), metrics.PeriodHour, "", "")
	require.NoError(t, err)
	require.Equal(t, []metrics.Group{
		{Stage: stage, MessageType: kind, Counters: metrics.Counters{Accepted: 2}},
		{Stage: stage, MessageType: "scheduled_hello", Counters: metrics.Counters{Accepted: 2}},
	}, report.Groups)
	require.Equal(t, metrics.Counters{Accepted: 4}, report.Total)
	require.Equal(t, metrics.Counters{Accepted: 2}, report.Hours[0].Counters)

	other, err := reader.Read(t.Context(), noon(), metrics.PeriodHour, "prod", "")
	require.NoError(t, err)
	require.Equal(t, 2, other.Total.Accepted)
	require.Equal(t, "prod", other.Groups[0].Stage)
	require.Zero(t, other.CircuitOpened)
}

func TestHoursWithoutEventsAreThereToo(t *testing.T) {
	t.Parallel()
	report, err := (&metrics.Reader{Store: memory.NewMetrics(), Stage: stage}).Read(t.Context(), noon(), metrics.PeriodDay, "", "")
	require.NoError(t, err)
	require.Len(t, report.Hours, 25)
	require.Zero(t, report.Total)
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	reader := &metrics.Reader{Store: memory.NewMetrics(), Stage: stage}
	_, err := reader.Read(t.Context(), noon(), "30d", "", "")
	require.ErrorIs(t, err, metrics.ErrUnknownPeriod)
	require.ErrorContains(t, err, "1h, 24h, 7d")
	_, err = reader.Read(t.Context(), noon(), metrics.PeriodDay, "", "letter")
	require.ErrorIs(t, err, messagetype.ErrUnknownType)
	down := errors.New("table is down")
	_, err = (&metrics.Reader{Store: broken{err: down}, Stage: stage}).Read(t.Context(), noon(), metrics.PeriodDay, "", "")
	require.ErrorIs(t, err, down)
}
