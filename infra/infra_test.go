package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSynthesizingTwiceGivesTheSameTemplates(t *testing.T) {
	t.Parallel()
	first := synthesized()
	for name, again := range synthesize() {
		require.Equal(t, first[name], again, name)
	}
}
