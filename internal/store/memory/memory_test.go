package memory_test

import (
	"testing"

	"github.com/rezagent/rez_agent/internal/circuit"
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
