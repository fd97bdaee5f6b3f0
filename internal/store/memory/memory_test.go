package memory_test

import (
	"testing"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/store/memory"
	"github.com/rezagent/rez_agent/internal/store/storetest"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	storetest.Messages(t, func(*testing.T) storetest.MessageStore { return memory.NewMessages() })
}

func TestCircuits(t *testing.T) {
	t.Parallel()
	storetest.Circuits(t, func(*testing.T) circuit.Store { return memory.NewCircuits() })
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	storetest.Metrics(t, func(*testing.T) metrics.Store { return memory.NewMetrics() })
}

func TestJobs(t *testing.T) {
	t.Parallel()
	storetest.Jobs(t, func(*testing.T) replayjob.Jobs { return memory.NewJobs() })
}
