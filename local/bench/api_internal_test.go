package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

func TestBothAPIsGetTheSameRequests(t *testing.T) {
	t.Parallel()
	b := &apiBench{base: "http://e/_aws/execute-api/ours/api", empty: "http://e/_aws/execute-api/empty/api", token: "t", ids: []string{"a", "b"}}
	for _, one := range append(b.reads(), b.writes()...) {
		var ours, empty vegeta.Target
		require.NoError(t, one.target(&ours))
		require.NoError(t, b.emptied(one.target)(&empty))
		require.True(t, strings.HasPrefix(ours.URL, b.base+"/messages"), ours.URL)
		require.True(t, strings.HasPrefix(empty.URL, b.empty+"/messages"), empty.URL)
		require.Equal(t, "Bearer t", empty.Header.Get("Authorization"))
		require.Equal(t, ours.Method, empty.Method)
		require.Equal(t, ours.Body, empty.Body)
	}
}

func TestAPageIsBilledByWhatWasRead(t *testing.T) {
	t.Parallel()
	entry := func(size int) string { return fmt.Sprintf(`{"k":{"S":"%s"}}`, strings.Repeat("x", size-3)) } // k, two quotes
	var cost pageCost
	require.NoError(t, cost.add([]byte(`{"Count":2,"ScannedCount":2,"Items":[`+entry(2048)+`,`+entry(2049)+`]}`)))
	require.InDelta(t, 1, cost.units, 0, "4,097 bytes are two units, at half the price")
	require.NoError(t, cost.add([]byte(`{"Responses":{"t":[`+entry(100)+`,`+entry(4097)+`]}}`)))
	require.InDelta(t, 4, cost.units, 0, "each item for itself, at the full price")
	require.Equal(t, []int{1, 1}, []int{cost.queries, cost.batches})
	require.ErrorContains(t, cost.add([]byte(`{"Count":1,"ScannedCount":9,"Items":[]}`)), "read 9 entries and gave 1")
	require.Error(t, cost.add([]byte(`<html>`)))
}

func TestAnAPIReportTellsGoalsRatioAndFaults(t *testing.T) {
	t.Parallel()
	ms := func(n int) []time.Duration { return []time.Duration{time.Duration(n) * time.Millisecond} }
	good := apiResult{of: apiCase{name: "GET", p95: 60 * time.Millisecond}, samples: [2]apiSample{{latencies: ms(60)}, {latencies: ms(30)}}}
	require.Equal(t, "≤ 60 ms, met; ≤ 2 ×, met", apiGoal(good))
	bad := apiResult{of: good.of, samples: [2]apiSample{{latencies: ms(61)}, {latencies: ms(30)}}}
	require.Equal(t, "≤ 60 ms, MISSED; ≤ 2 ×, MISSED", apiGoal(bad))
	require.Equal(t, "≤ 0, met", failures(apiSample{}))
	require.Equal(t, "≤ 0, MISSED: 502 Bad Gateway", failures(apiSample{failed: 2, faults: []string{"502 Bad Gateway"}}))
	table := apiTable([]apiResult{good})
	require.Contains(t, table.Rows, []string{"GET: p95", "60 ms", "30 ms", "2.0", "≤ 60 ms, met; ≤ 2 ×, met"})
	for _, row := range table.Rows {
		require.Len(t, row, len(table.Header))
	}
	require.Contains(t, costTable(pageCost{units: 50}, pageCost{units: 60}).Rows[1], "ratio 1.20: ≤ 1.1, MISSED")
}
