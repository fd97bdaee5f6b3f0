package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/faults"
)

// The short part of the matrix of faults; `make test/faults` runs all of it.
func TestWhateverBreaksNothingIsLost(t *testing.T) {
	begin(t)
	calls.spoil(broken.Intercept)
	results, err := broken.Run(t.Context(), faults.Options{Short: true, End: func(result faults.Result) { t.Log(result.Line()) }})
	require.NoError(t, err)
	require.NotEmpty(t, results)
	for _, result := range results {
		require.Empty(t, result.Wrong, result.Row.Name)
	}
}
