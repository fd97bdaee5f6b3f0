package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// CloudFormation refuses a template in which resources wait for each other, when it is deployed and not before. What it
// waits for stands everywhere in a resource, its UpdatePolicy included, where the CDK's own check does not look.
func TestNoResourceWaitsForItself(t *testing.T) {
	t.Parallel()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		for _, in := range append(stage.all(), stage.watch) {
			require.Empty(t, circle(in.resources))
		}
	})
}

func TestACircleIsFound(t *testing.T) {
	t.Parallel()
	group := object{"Properties": object{"Role": object{"Fn::GetAtt": []any{"Role", "Arn"}}}}
	alias := object{"UpdatePolicy": object{"CodeDeployLambdaAliasUpdate": object{"DeploymentGroupName": object{"Ref": "Group"}}}}
	straight := object{"Role": object{"Properties": object{"Name": "own"}}, "Group": group, "Alias": alias}
	require.Empty(t, circle(straight))
	for name, waits := range map[string]object{
		"Ref":       {"Properties": object{"Policies": []any{object{"Ref": "Alias"}}}},
		"DependsOn": {"DependsOn": []any{"Alias"}},
		"Sub":       {"Properties": object{"Text": object{"Fn::Sub": "for ${Alias} in ${AWS::Region}"}}},
	} {
		require.Len(t, circle(object{"Role": waits, "Group": group, "Alias": alias}), 3, name)
	}
}

// circle is a chain of resources of which each waits for the next and the last for the first; empty where there is none.
func circle(resources object) []string {
	done, path := map[string]bool{}, []string{}
	var visit func(id string) []string
	visit = func(id string) []string {
		if at := slices.Index(path, id); at >= 0 {
			return slices.Clone(path[at:])
		}
		if done[id] {
			return nil
		}
		path = append(path, id)
		for _, next := range waitsFor(resources[id], resources) {
			if found := visit(next); len(found) > 0 {
				return found
			}
		}
		path, done[id] = path[:len(path)-1], true
		return nil
	}
	for id := range resources {
		if found := visit(id); len(found) > 0 {
			return found
		}
	}
	return nil
}

// waitsFor are the resources that a part of a template names.
func waitsFor(value any, resources object) []string {
	var found []string
	name := func(id any) {
		if text, ok := id.(string); ok && resources[text] != nil {
			found = append(found, text)
		}
	}
	switch value := value.(type) {
	case []any:
		for _, part := range value {
			found = append(found, waitsFor(part, resources)...)
		}
	case object:
		for key, part := range value {
			found = append(found, waitsFor(part, resources)...)
			switch list, _ := part.([]any); key {
			case "Ref":
				name(part)
			case "DependsOn":
				name(part)
				for _, id := range list {
					name(id)
				}
			case "Fn::GetAtt":
				if len(list) > 0 {
					name(list[0])
				}
			case "Fn::Sub":
				text, _ := part.(string)
				for piece := range strings.SplitSeq(text, "${") {
					id, _, _ := strings.Cut(piece, "}")
					id, _, _ = strings.Cut(id, ".")
					name(id)
				}
			}
		}
	}
	return found
}
