package bench

import (
	"context"
	"fmt"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/stack"
)

// oftenPercent has Go collect garbage at 1 MB of heap and not at the 16 MB of contract.GCPercent, which few processes of a
// load reach: so what memory shows is what a Lambda holds, and not what it has not thrown away yet.
const oftenPercent = "25"

// collectOften publishes every Lambda anew with a garbage collector that works often.
func collectOften(ctx context.Context, s *stack.Stack) error {
	for task := range s.Functions {
		if err := s.SetVariable(ctx, task, contract.EnvGC, oftenPercent); err != nil {
			return fmt.Errorf("have the garbage collected often: %w", err)
		}
	}
	return nil
}
