package metrics

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// CircuitChanges counts how often circuits open and close.
type CircuitChanges struct {
	Store Store
	// Stage is the deployment's own.
	Stage string
	Now   func() time.Time
}

var _ circuit.Listener = (*CircuitChanges)(nil)

// patience bounds one write: it is made in the middle of a delivery, which must not wait for a counter.
const patience = time.Second

// CircuitChanged counts a circuit that has just opened or closed. One that cannot be written is logged and lost: no
// delivery fails for the sake of a counter.
func (c *CircuitChanges) CircuitChanged(ctx context.Context, channel string, opened bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	delta := Delta{Series: CircuitSeries(c.Stage, channel), Hour: HourOf(c.Now())}
	if opened {
		delta.Counters.Opened = 1
		telemetry.Count(ctx, telemetry.CircuitOpened, 1)
	} else {
		delta.Counters.Closed = 1
		telemetry.Count(ctx, telemetry.CircuitClosed, 1)
	}
	if err := c.Store.AddDelta(ctx, delta); err != nil {
		telemetry.Count(ctx, telemetry.Uncounted, 1)
		telemetry.Log(ctx).Error("circuit change not counted", zap.String("channel", channel), zap.Error(err))
	}
}
