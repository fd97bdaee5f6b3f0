package cli

import (
	"context"
	"fmt"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/wire"
)

type healthCommand struct{}

// Run shows the health of the API and of what it depends on; something ill is exit code 1.
func (*healthCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	health, err := api.Health(ctx, true)
	if err != nil {
		return err
	}
	if err := show(w, health, w.health); err != nil {
		return err
	}
	if health.Status == "ok" {
		return nil
	}
	return &failure{"rez_agent is ill", "the parts above that are ill say where"}
}

func (w *world) health(health wire.Health) error {
	if err := w.print.Line(output.Status(health.Status), output.Cell{Text: health.Stage}, output.Cell{Text: health.Version}); err != nil {
		return err
	}
	rows := make([][]output.Cell, 0, len(health.Parts))
	for _, part := range health.Parts {
		rows = append(rows, []output.Cell{{Text: part.Name}, output.Status(part.Status), {Text: fmt.Sprintf("%d ms", part.TookMS)}})
	}
	if len(rows) == 0 {
		return nil
	}
	return w.section([]string{"PART", "STATUS", "TOOK"}, rows)
}
