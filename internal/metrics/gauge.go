package metrics

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// Circuits are the breakers, which are only read here.
type Circuits interface {
	LoadCircuit(ctx context.Context, channel string) (circuit.Item, error)
}

// CircuitGauge tells for how long circuits have been open. Changes alone would not do: nothing changes while a circuit
// stays open, and that is what somebody must hear of.
type CircuitGauge struct {
	Circuits Circuits
	Channels []string
	Now      func() time.Time
}

// Run tells it of each channel. All count as one metric, whose maximum is the worst of them.
func (g *CircuitGauge) Run(ctx context.Context) error {
	for _, channel := range g.Channels {
		item, err := g.Circuits.LoadCircuit(ctx, channel)
		if err != nil {
			return fmt.Errorf("read the circuit of %s: %w", channel, err)
		}
		telemetry.Seconds(ctx, telemetry.CircuitOpenSeconds, g.open(item.Circuit))
	}
	return nil
}

func (g *CircuitGauge) open(c circuit.Circuit) time.Duration {
	if c.State != circuit.Open && c.State != circuit.HalfOpen {
		return 0
	}
	return max(0, g.Now().Sub(c.OpenedAt))
}
