package infra_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra/picture"
)

// stacksPicture is what docs/img/stacks.svg is drawn from.
const stacksPicture = "../docs/img/stacks.d2"

// The picture of the stacks is that of prod, which leaves out the least.
func TestGoldenPictureShowsTheStacks(t *testing.T) {
	t.Parallel()
	prod := synthesized()["prod"]
	drawn := picture.D2([]picture.Stack{
		{Name: "api", Resources: prod.api.resources, Outputs: prod.api.outputs},
		{Name: "pipeline", Resources: prod.pipeline.resources, Outputs: prod.pipeline.outputs},
		{Name: "stateful", Resources: prod.stateful.resources, Outputs: prod.stateful.outputs},
	})
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(stacksPicture, []byte(drawn), 0o644))
		return
	}
	golden, err := os.ReadFile(stacksPicture)
	require.NoError(t, err)
	require.Equal(t, string(golden), drawn, "`make golden` draws the stacks anew")
}
