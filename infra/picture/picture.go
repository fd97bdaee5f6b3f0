// Package picture draws the stacks of a stage from their synthesized templates: what stands in which stack, and who calls
// whom by event sources, subscriptions, rules, integrations and grants. So the picture cannot show what is not deployed.
package picture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Object is a JSON object of a template.
type Object = map[string]any

// Stack is a stack's template.
type Stack struct {
	// Name is what stands above its box.
	Name string
	// Resources and Outputs are the template's.
	Resources, Outputs Object
}

// node is a resource that is drawn.
type node struct {
	stack, id string
	kind      kind
	name      string
}

// kind says how a type of resource is drawn.
type kind struct{ class, title, nameKey string }

// kinds are the types that are drawn; everything else serves them.
func kinds() map[string]kind {
	return map[string]kind{
		"AWS::Lambda::Function":            {"lambda", "λ", "FunctionName"},
		"AWS::DynamoDB::Table":             {"store", "DynamoDB", "TableName"},
		"AWS::S3::Bucket":                  {"store", "S3 bucket", ""},
		"AWS::SQS::Queue":                  {"queue", "SQS", "QueueName"},
		"AWS::SNS::Topic":                  {"topic", "SNS", "TopicName"},
		"AWS::StepFunctions::StateMachine": {"workflow", "Step Functions", "StateMachineName"},
		"AWS::ApiGateway::RestApi":         {"topic", "API Gateway", ""},
		"AWS::CloudFront::Distribution":    {"topic", "CloudFront", ""},
		"AWS::Events::Rule":                {"clock", "EventBridge", "ScheduleExpression"},
		"AWS::Scheduler::ScheduleGroup":    {"clock", "EventBridge Scheduler:\nusers' schedules", ""},
		"AWS::Cognito::UserPool":           {"outside", "Cognito user pool", ""},
	}
}

// dataClass marks what is written into a box and not drawn as an arrow.
const dataClass = "data"

// outside is ntfy, which is no resource of ours.
const outside = "ntfy"

// edge is an arrow; several of one kind between the same two are one.
type edge struct{ from, to, label, class string }

type drawing struct {
	stacks []Stack
	nodes  map[string]node
	// within maps a Lambda to the workflow of which it is a step.
	within map[string]string
	edges  map[edge]bool
	// writes are the tables that a box writes: arrows to them would hide all others.
	writes map[string][]string
}

// D2 is the picture in the language of d2, the same for the same templates.
func D2(stacks []Stack) string {
	d := &drawing{stacks: stacks, nodes: map[string]node{}, within: map[string]string{}, edges: map[edge]bool{}, writes: map[string][]string{}}
	d.eachResource(func(stack Stack, id, kindOf string, properties Object) {
		if k, drawn := kinds()[kindOf]; drawn {
			name, _ := properties[k.nameKey].(string)
			d.nodes[path(stack, id)] = node{stack.Name, id, k, shortName(name)}
		}
	})
	d.eachResource(d.steps)
	d.eachResource(d.arrows)
	return d.text()
}

func path(stack Stack, id string) string { return stack.Name + "." + id }

// shortName is the middle of rez-agent-<what>-<stage>; other names are shown as they are.
func shortName(name string) string {
	middle, ours := strings.CutPrefix(name, "rez-agent-")
	if end := strings.LastIndex(middle, "-"); ours && end > 0 {
		return middle[:end]
	}
	return name
}

func (d *drawing) eachResource(see func(stack Stack, id, kindOf string, properties Object)) {
	for _, stack := range d.stacks {
		for _, id := range slices.Sorted(maps.Keys(stack.Resources)) {
			resource, _ := stack.Resources[id].(Object)
			kindOf, _ := resource["Type"].(string)
			properties, _ := resource["Properties"].(Object)
			see(stack, id, kindOf, properties)
		}
	}
}

// steps puts the Lambdas that a workflow may call into its box.
func (d *drawing) steps(stack Stack, id, kindOf string, properties Object) {
	if kindOf != "AWS::StepFunctions::StateMachine" {
		return
	}
	for _, grant := range d.grants(stack, properties["RoleArn"]) {
		if grant.action == "lambda:InvokeFunction" {
			d.within[grant.on] = path(stack, id)
		}
	}
}

// lifted is where an arrow ends that means a step of a workflow: at the workflow's box.
func (d *drawing) lifted(at string) string { return cmp.Or(d.within[at], at) }

func (d *drawing) arrow(from, to, label, class string) {
	from, to = d.lifted(from), d.lifted(to)
	target, known := d.nodes[to]
	if known && class == dataClass {
		d.writes[from] = append(d.writes[from], target.name)
		return
	}
	if _, ours := d.nodes[from]; from != to && ours && (known || to == outside) {
		d.edges[edge{from, to, label, class}] = true
	}
}

// text writes the picture.
func (d *drawing) text() string {
	out := &strings.Builder{}
	out.WriteString(header)
	for _, stack := range d.stacks {
		fmt.Fprintf(out, "%s: %q {\n  class: stack\n", stack.Name, stack.Name+" stack")
		for _, id := range slices.Sorted(maps.Keys(stack.Resources)) {
			at := path(stack, id)
			if n, drawn := d.nodes[at]; drawn && d.within[at] == "" {
				out.WriteString(d.box(at, n))
			}
		}
		out.WriteString("}\n")
	}
	out.WriteString("ntfy: \"ntfy\" {class: outside}\n\n")
	for _, e := range slices.SortedFunc(maps.Keys(d.edges), func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.label, b.label))
	}) {
		fmt.Fprintf(out, "%s -> %s%s {class: %s}\n", d.called(e.from), d.called(e.to), labelled(e.label), e.class)
	}
	return out.String()
}

// written is the line of a box that names the tables that it writes.
func (d *drawing) written(at string) string {
	tables := slices.Compact(slices.Sorted(slices.Values(d.writes[at])))
	if len(tables) == 0 {
		return ""
	}
	return "\nwrites " + strings.Join(tables, ", ")
}

// called is what the picture's text calls a resource.
func (d *drawing) called(at string) string {
	if n, drawn := d.nodes[at]; drawn {
		return n.stack + "." + n.short()
	}
	return at
}

// short is an id that says what it is, and stays when the CDK's hash changes.
func (n node) short() string {
	words := strings.FieldsFunc(cmp.Or(n.name, n.kind.title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return n.kind.class + "-" + strings.Join(words, "-") // two dashes would be a line to d2
}

func labelled(label string) string {
	if label == "" {
		return ""
	}
	return fmt.Sprintf(": %q", label)
}

func (d *drawing) box(at string, n node) string {
	if n.kind.class != "workflow" {
		return fmt.Sprintf("  %s: %q {class: %s}\n", n.short(), strings.TrimSpace(n.kind.title+" "+n.name)+d.written(at), n.kind.class)
	}
	var steps []string
	for _, step := range slices.Sorted(maps.Keys(d.within)) {
		if d.within[step] == at {
			steps = append(steps, "λ "+d.nodes[step].name)
		}
	}
	return fmt.Sprintf("  %s: %q {class: workflow}\n", n.short(), n.kind.title+" "+n.name+"\n"+strings.Join(steps, "\n")+d.written(at))
}

const header = `# The stacks of a stage, drawn from its templates by package infra/picture; make golden writes this file anew.
direction: down
vars: {d2-config: {layout-engine: elk; theme-id: 0; dark-theme-id: 200; pad: 16}}
classes: {
  stack: {style: {fill: "#fafbfc"; stroke: "#c3cad3"; font-color: "#333b47"; border-radius: 8}}
  lambda: {style: {fill: "#fbefe0"; stroke: "#b8813a"; font-color: "#5c3d12"; border-radius: 8}}
  store: {shape: cylinder; style: {fill: "#e6effa"; stroke: "#4f7fb5"; font-color: "#234469"}}
  queue: {shape: queue; style: {fill: "#f3e9f6"; stroke: "#8f5fa3"; font-color: "#472a54"}}
  topic: {style: {fill: "#f3e9f6"; stroke: "#8f5fa3"; font-color: "#472a54"; border-radius: 8}}
  clock: {shape: oval; style: {fill: "#eef0f3"; stroke: "#7b8594"; font-color: "#333b47"}}
  workflow: {style: {fill: "#e3f3e9"; stroke: "#3f8f5f"; font-color: "#1d4d31"; border-radius: 8}}
  outside: {style: {fill: "#eef0f3"; stroke: "#7b8594"; font-color: "#333b47"; border-radius: 8}}
  event: {style: {stroke: "#3f8f5f"; stroke-width: 3}}
  call: {style: {stroke: "#8f5fa3"}}
  sad: {style: {stroke: "#b9655a"}}
}

`
