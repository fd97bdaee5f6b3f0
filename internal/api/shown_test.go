package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

func TestMetricsSayWhatWaitsNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.accepted()
	}
	w.end(w.accepted(), false)
	w.end(w.accepted(), true)
	waiting := func(query string) wire.Waiting {
		var m wire.Metrics
		w.call(viewer(), http.MethodGet, "/api/metrics"+query, "").into(t, &m)
		return m.Waiting
	}
	want := wire.Waiting{UnderWay: wire.Count{Count: 3}}
	require.Equal(t, want, waiting(""))
	require.Equal(t, want, waiting("?period=1h&stage=dev"))
	require.Equal(t, wire.Waiting{}, waiting("?stage=prod"), "another stage has a table of its own")
}

func TestAListSaysWhatItsMessagesSayAndTheLogDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	core, log := observer.New(zapcore.DebugLevel)
	logged := func(r *http.Request) { *r = *r.WithContext(telemetry.With(r.Context(), zap.New(core))) }
	const text = "Über-wichtig: 界"
	for _, payload := range []string{
		`{"title":"` + text + `","message":"another"}`, `{"message":"\n ` + text + `\nmore"}`, `{"attach":"https://example.com/a.pdf"}`,
	} {
		var made wire.Accepted
		w.call(operator(), http.MethodPost, "/api/messages", `{"message_type":"notification","payload":`+payload+`}`, logged).into(t, &made)
		w.end(made.ID, true)
	}
	var page wire.MessagePage
	w.call(viewer(), http.MethodGet, "/api/messages", "", logged).into(t, &page)
	var figures wire.Metrics
	w.call(viewer(), http.MethodGet, "/api/metrics", "", logged).into(t, &figures)
	for name, rows := range map[string][]wire.Summary{"list": page.Items, "latest failures": figures.LatestFailures} {
		require.Len(t, rows, 3, name)
		titles := map[string]int{}
		for _, row := range rows {
			titles[row.Title]++
			var one wire.Message
			w.call(viewer(), http.MethodGet, "/api/messages/"+row.ID, "", logged).into(t, &one)
			require.Equal(t, row.Title, one.Title)
		}
		require.Equal(t, map[string]int{text: 2, "": 1}, titles, name)
	}
	w.call(operator(), http.MethodPost, "/api/messages/"+page.Items[0].ID+"/replay", "", logged)
	require.NotZero(t, log.Len())
	for _, line := range log.All() {
		written, err := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()).EncodeEntry(line.Entry, line.Context)
		require.NoError(t, err)
		require.False(t, strings.Contains(written.String(), "wichtig") || strings.Contains(written.String(), "another"), written.String())
	}
}
