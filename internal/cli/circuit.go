package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

type circuitCommand struct {
	Show  circuitShowCommand  `cmd:"" default:"withargs" help:"Show the circuit breaker and the rate limit."`
	Open  circuitOpenCommand  `cmd:"" help:"Stop all delivery until reset; messages wait."`
	Reset circuitResetCommand `cmd:"" help:"Close the circuit; what waits is sent when it is due."`
}

// ofChannel chooses the circuit.
type ofChannel struct {
	Channel string `default:"ntfy" placeholder:"CHANNEL" help:"The way out whose circuit it is: ntfy or webhook."`
}

type circuitShowCommand struct{ ofChannel }

// Run shows the circuit.
func (c *circuitShowCommand) Run(ctx context.Context, w *world) error {
	return w.circuit(func(api *client.Client) (wire.Circuit, error) { return api.Circuit(ctx, c.Channel) })
}

type circuitOpenCommand struct{ ofChannel }

// Run forces the circuit open.
func (c *circuitOpenCommand) Run(ctx context.Context, w *world) error {
	return w.circuit(func(api *client.Client) (wire.Circuit, error) { return api.OpenCircuit(ctx, c.Channel) })
}

type circuitResetCommand struct{ ofChannel }

// Run closes the circuit.
func (c *circuitResetCommand) Run(ctx context.Context, w *world) error {
	return w.circuit(func(api *client.Client) (wire.Circuit, error) { return api.ResetCircuit(ctx, c.Channel) })
}

func (w *world) circuit(get func(*client.Client) (wire.Circuit, error)) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	circuit, err := get(api)
	if err != nil {
		return err
	}
	return show(w, circuit, w.circuitState)
}

func (w *world) circuitState(c wire.Circuit) error {
	window := time.Duration(c.WindowMS) * time.Millisecond
	err := w.print.Pairs(
		output.Pair("channel", output.Cell{Text: c.Channel}),
		output.Pair("state", output.Status(c.State)),
		output.Pair("cause", output.Cell{Text: c.Cause}),
		output.Pair("since", output.Cell{Text: output.TimeIf(c.OpenedAt)}),
		output.Pair("next probe", output.Cell{Text: output.TimeIf(c.RetryAt)}),
		output.Pair("probing until", output.Cell{Text: output.TimeIf(c.ProbeUntil)}),
		output.Pair("failed probes", output.Cell{Text: output.Number(c.Trips)}),
		output.Pair("failures", output.Cell{Text: fmt.Sprintf("%d in %s; %d open it", len(c.Failures), window, c.Threshold)}),
		output.Pair("changed by", output.Cell{Text: c.ChangedBy}),
		output.Pair("rate limit until", output.Cell{Text: output.TimeIf(c.LimitedUntil)}),
		output.Pair("quota until", output.Cell{Text: output.TimeIf(c.QuotaUntil)}),
	)
	if err != nil || len(c.History) == 0 {
		return err
	}
	return w.circuitHistory(c.History[:min(lastChanges, len(c.History))])
}

// lastChanges is how many of a circuit's changes are shown; the API gives all that are kept.
const lastChanges = 5

func (w *world) circuitHistory(changes []wire.CircuitChange) error {
	rows := make([][]output.Cell, 0, len(changes))
	for _, change := range changes {
		rows = append(rows, []output.Cell{
			{Text: output.Time(change.At), Tone: output.Faint},
			output.Status(change.To),
			{Text: change.Reason},
			{Text: output.Number(change.FailedProbes)},
			{Text: change.By},
		})
	}
	return w.section([]string{"CHANGED", "TO", "REASON", "FAILED PROBES", "BY"}, rows)
}
