package infra_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
)

// A run in flight, and one after a roll-back, calls the version before: a deployment may take neither it nor the right to
// call it away.
func TestNewCodeOfATaskLeavesTheVersionBeforeCallable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dev", "prod"} {
		was, is := synthesized()[name], withOtherCode(t, name, contract.TaskSendNtfy)
		old, current := was.versionOf(contract.TaskSendNtfy), is.versionOf(contract.TaskSendNtfy)
		require.NotEqual(t, old, current, "%s: new code is a new version", name)
		require.NotContains(t, is.pipeline.resources, old, "the stack lets the old one go, and its policy keeps it")
		for id, in := range map[string]template{old: was.pipeline, current: is.pipeline} {
			version := in.resources[id].(object)
			require.Equal(t, "Retain", version["DeletionPolicy"], name)
			require.Equal(t, "Retain", version["UpdateReplacePolicy"], name)
		}
		for _, task := range contract.Tasks() {
			require.Equal(t, task == contract.TaskSendNtfy, was.versionOf(task) != is.versionOf(task), "%s: %s did not change", name, task)
		}

		role := func(s stageTemplates) rights {
			return rightsOf(t, s.pipeline, roleOf(t, s.pipeline, s.stateMachine(t)))
		}
		require.Equal(t, role(was), role(is), name)
		require.Equal(t, []string{"lambda:InvokeFunction"}, role(is)["function rez-agent-sendntfy-"+name+":*"])

		called := is.pipeline.raw(is.stateMachine(t)["DefinitionString"])
		require.Equal(t, is.shifts(), called[current], "%s: a workflow that shifts by itself pins its versions", name)
		require.False(t, called[old])
	}
}

// withOtherCode is a stage whose one task was changed.
func withOtherCode(t *testing.T, stage string, task contract.Task) stageTemplates {
	t.Helper()
	cdk.Lock()
	defer cdk.Unlock()
	assets := t.TempDir()
	writeBootstraps(assets)
	require.NoError(t, os.WriteFile(filepath.Join(assets, "arm64", string(task), "bootstrap"), []byte("other code"), 0o600))
	return synthesizeWith(map[string]string{
		"stage": stage, "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "version": "v1.2.3",
	})[stage]
}

// versionOf is the logical id of the version to which a Lambda's alias leads.
func (s stageTemplates) versionOf(task contract.Task) string {
	in := s.home(task)
	for _, alias := range in.resources {
		a := alias.(object)
		if a["Type"] != aliasType {
			continue
		}
		properties := a["Properties"].(object)
		if in.text(properties["FunctionName"]) == "rez-agent-"+string(task)+"-"+s.name {
			return properties["FunctionVersion"].(object)["Fn::GetAtt"].([]any)[0].(string)
		}
	}
	return ""
}

// raw are the logical ids that a value refers to.
func (t template) raw(value any) map[string]bool {
	found := map[string]bool{}
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			maps.Copy(found, t.raw(one))
		}
	case object:
		if id, refers := v["Ref"].(string); refers {
			found[id] = true
		}
		for _, one := range v {
			maps.Copy(found, t.raw(one))
		}
	}
	return found
}
