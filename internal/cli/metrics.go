package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/wire"
)

type metricsCommand struct {
	Period string `enum:"1h,24h,7d" default:"24h" placeholder:"PERIOD" help:"1h, 24h or 7d."`
	Stage  string `placeholder:"STAGE" help:"Only this deployment's."`
	Type   string `placeholder:"TYPE" help:"Only this message type's."`
}

// Run shows the figures.
func (c *metricsCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	metrics, err := api.Metrics(ctx, c.Period, c.Stage, c.Type)
	if err != nil {
		return err
	}
	return show(w, metrics, w.metrics)
}

func (w *world) metrics(m wire.Metrics) error {
	span := fmt.Sprintf("%s to %s; the circuit changed %d times", output.Time(m.From), output.Time(m.To), m.CircuitChanges)
	if err := w.print.Line(output.Cell{Text: span, Tone: output.Faint}); err != nil {
		return err
	}
	now := fmt.Sprintf("now: %s under way, %s deferred", upTo(m.Waiting.UnderWay), upTo(m.Waiting.Deferred))
	if err := w.print.Line(output.Cell{Text: now}); err != nil {
		return err
	}
	rows := make([][]output.Cell, 0, len(m.Groups)+1)
	for _, g := range m.Groups {
		rows = append(rows, figures(g.Stage, g.MessageType, g.Figures))
	}
	rows = append(rows, figures("total", "", m.Total))
	headers := []string{"STAGE", "TYPE", "ACCEPTED", "COMPLETED", "FAILED", "SUCCESS", "P50", "P95", "ATTEMPTS", "DEFERRALS", "REPLAYED"}
	if err := w.section(headers, rows); err != nil || len(m.LatestFailures) == 0 {
		return err
	}
	if err := w.print.Text("\nlatest failures:\n"); err != nil {
		return err
	}
	return w.summaries(m.LatestFailures)
}

func figures(stage, messageType string, f wire.Figures) []output.Cell {
	failed := output.Cell{Text: strconv.Itoa(f.Failed)}
	if f.Failed > 0 {
		failed.Tone = output.Bad
	}
	success := "–"
	if f.SuccessRate != nil {
		success = strconv.FormatFloat(*f.SuccessRate*100, 'f', 2, 64) + " %"
	}
	return []output.Cell{
		{Text: stage},
		{Text: messageType},
		{Text: strconv.Itoa(f.Accepted)},
		{Text: strconv.Itoa(f.Completed)},
		failed,
		{Text: success},
		{Text: latency(f.LatencyP50)},
		{Text: latency(f.LatencyP95)},
		{Text: strconv.Itoa(f.Attempts)},
		{Text: strconv.Itoa(f.Deferrals)},
		{Text: strconv.Itoa(f.Replayed)},
	}
}

// upTo is a count, with a plus where there are more.
func upTo(c wire.Count) string {
	if c.More {
		return strconv.Itoa(c.Count) + "+"
	}
	return strconv.Itoa(c.Count)
}

// latency is the bound of a histogram's bucket, so it is said as one.
func latency(ms *int64) string {
	if ms == nil {
		return "–"
	}
	return fmt.Sprintf("≤ %d ms", *ms)
}
