package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// finding is one that cdk-nag's AwsSolutions rules have, and that stands for a reason.
type finding struct {
	// rule is its name in AwsSolutions: IAM5 for AwsSolutions-IAM5.
	rule, reason string
	// only is the part of the resource that it is accepted for, as cdk-nag names it, or a pattern of such names between
	// slashes; empty is the whole.
	only string
}

// nagMetadata and suppressions are where cdk-nag looks in a resource's metadata.
const nagMetadata, suppressions = "cdk_nag", "rules_to_suppress"

// accept notes on a resource which findings stand: so the reason is beside the resource, here and in the template.
func accept(resource constructs.IConstruct, findings ...finding) {
	template, whole := resource.(awscdk.CfnResource)
	if !whole {
		template, whole = resource.Node().DefaultChild().(awscdk.CfnResource)
	}
	if !whole {
		panic("no one resource is behind " + *resource.Node().Path())
	}
	var rules []any
	if before, some := template.GetMetadata(jsii.String(nagMetadata)).(map[string]any); some {
		rules, _ = before[suppressions].([]any)
	}
	for _, f := range findings {
		rules = append(rules, f.suppression())
	}
	template.AddMetadata(jsii.String(nagMetadata), map[string]any{suppressions: rules})
}

func (f finding) suppression() map[string]any {
	rule := map[string]any{"id": "AwsSolutions-" + f.rule, "reason": f.reason}
	switch {
	case f.only == "":
	case f.only[0] == '/':
		rule["applies_to"] = []any{map[string]any{"regex": f.only}}
	default:
		rule["applies_to"] = []any{f.only}
	}
	return rule
}

// acceptWithin notes findings on all resources of a part of the app.
func acceptWithin(part constructs.IConstruct, findings ...finding) {
	for _, child := range *part.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		if resource, ok := child.(awscdk.CfnResource); ok {
			accept(resource, findings...)
		}
	}
}
