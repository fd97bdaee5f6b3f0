package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/steps"
)

func TestNodeIsCheckedBeforeItIsUsed(t *testing.T) {
	for says, want := range map[string]string{
		"v16.20.0": "needs 20.19 or newer, this is v16.20.0",
		"v20.18.3": "needs 20.19 or newer, this is v20.18.3",
		"v20.19.0": "",
		"v24.1.0":  "",
		"bun":      "is no version",
	} {
		t.Run(says, func(t *testing.T) {
			bin := t.TempDir()
			for _, tool := range []string{"node", "npm"} {
				script := "#!/bin/sh\necho " + says + "\n"
				require.NoError(t, os.WriteFile(filepath.Join(bin, tool), []byte(script), 0o700))
			}
			t.Setenv("PATH", bin)
			err := checkNode(t.Context())
			if want == "" {
				require.NoError(t, err)
				return
			}
			var problem *steps.Problem
			require.ErrorAs(t, err, &problem)
			require.ErrorContains(t, err, want)
			require.Equal(t, "Node.js", problem.Part)
			require.Contains(t, problem.Do, "install Node.js")
		})
	}
}

func TestTheOldestNodeIsTheOneThatPackageJSONNames(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../package.json")
	require.NoError(t, err)
	var manifest struct{ Engines struct{ Node string } }
	require.NoError(t, json.Unmarshal(text, &manifest))
	require.Equal(t, fmt.Sprintf(">=%d.%d", oldestMajor, oldestMinor), manifest.Engines.Node)
}
