package infra_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
)

const ntfyURL = "https://ntfy.sh/rez-agent-test"

// everyStage runs a test on the templates of each stage.
func everyStage(t *testing.T, test func(t *testing.T, stage stageTemplates)) {
	t.Helper()
	all := synthesized()
	for _, name := range []string{"local", "dev", "stage", "prod"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, all[name])
		})
	}
}

// stageTemplates are the templates of one stage.
type stageTemplates struct {
	name                    string
	stateful, pipeline, api template
	// watch is empty where nobody watches.
	watch template
	// network is empty where the gateway has an address in the Internet.
	network template
}

// home is the template that holds a Lambda.
func (s stageTemplates) home(task contract.Task) template {
	if task == contract.TaskWebAPI || task == contract.TaskAuthorizer {
		return s.api
	}
	return s.pipeline
}

// withLambdas are the templates that hold Lambdas.
func (s stageTemplates) withLambdas() []template { return []template{s.pipeline, s.api} }

func (s stageTemplates) all() []template { return []template{s.stateful, s.pipeline, s.api} }

// own is where a stage stands that is seen under an address of its own.
const own = "prod under an address of its own"

// synthesized synthesizes every stage once, for all tests: the CDK runs in a process of its own, which is slow to start and
// serves one goroutine at a time.
//
//nolint:gochecknoglobals // A sync.OnceValue has to outlive the test that asks first.
var synthesized = sync.OnceValue(synthesize)

// cdk is held by who synthesizes: the CDK's process answers one caller at a time.
//
//nolint:gochecknoglobals // It guards a process that there is once.
var cdk sync.Mutex

func synthesize() map[string]stageTemplates {
	cdk.Lock()
	defer cdk.Unlock()
	assets, err := os.MkdirTemp("", "rez-agent-assets")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(assets) }()
	writeBootstraps(assets)
	all := map[string]stageTemplates{}
	for _, inputs := range []map[string]string{
		{"stage": "local", "assets": assets, "dashboard": assets, "time_divisor": "100", "version": "v1.2.3"},
		{"stage": "all", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "version": "v1.2.3"},
	} {
		maps.Copy(all, synthesizeWith(inputs))
	}
	all[own] = synthesizeWith(map[string]string{
		"stage": "prod", "assets": assets, "dashboard": assets, "ntfy_url": ntfyURL, "public_url": "https://rez.example.com",
	})["prod"]
	return all
}

func synthesizeWith(inputs map[string]string) map[string]stageTemplates {
	options, err := infra.ReadOptions(lookup(inputs), noEnvironment)
	if err != nil {
		panic(err)
	}
	return templatesOf(newApp(options), options)
}

// newApp is the app with all its stacks, not synthesized yet.
func newApp(options infra.Options) awscdk.App {
	app := awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: jsii.Bool(false)})
	if err := infra.AddStacks(app, options); err != nil {
		panic(err)
	}
	return app
}

func templatesOf(app awscdk.App, options infra.Options) map[string]stageTemplates {
	all := map[string]stageTemplates{}
	for _, stage := range options.Stages {
		stateful := newTemplate(app, "rez-agent-stateful-"+stage.Name)
		pipeline := newTemplate(app, "rez-agent-pipeline-"+stage.Name, stateful)
		templates := stageTemplates{name: stage.Name, stateful: stateful, pipeline: pipeline}
		imports := []template{stateful, pipeline}
		if stage.PrivateAPI {
			templates.network = newTemplate(app, "rez-agent-network-"+stage.Name)
			imports = append(imports, templates.network)
		}
		templates.api = newTemplate(app, "rez-agent-api-"+stage.Name, imports...)
		if !stage.Emulated {
			templates.watch = newTemplate(app, "rez-agent-watch-"+stage.Name)
		}
		all[stage.Name] = templates
	}
	return all
}

// writeBootstraps puts a stub in the place of every Lambda, and of the dashboard.
func writeBootstraps(folder string) {
	if err := os.WriteFile(filepath.Join(folder, "index.html"), []byte("stub of the dashboard"), 0o600); err != nil {
		panic(err)
	}
	for _, arch := range []string{"arm64", runtime.GOARCH} {
		for _, task := range contract.AllTasks() {
			path := filepath.Join(folder, arch, string(task.Program()))
			if err := os.MkdirAll(path, 0o750); err != nil {
				panic(err)
			}
			if err := os.WriteFile(filepath.Join(path, "bootstrap"), []byte("stub of "+string(task)), 0o600); err != nil {
				panic(err)
			}
		}
	}
}

func lookup(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func noEnvironment(string) string { return "" }

// object is a JSON object of a template.
type object = map[string]any

// template is one stack's template, and those from which it imports.
type template struct {
	resources, outputs object
	imports            []template
}

func newTemplate(app awscdk.App, stackName string, imports ...template) template {
	stack, ok := app.Node().FindChild(jsii.String(stackName)).(awscdk.Stack)
	if !ok {
		panic("there is no stack " + stackName)
	}
	all := *assertions.Template_FromStack(stack, nil).ToJSON()
	outputs, _ := all["Outputs"].(object)
	return template{resources: all["Resources"].(object), outputs: outputs, imports: imports}
}

// ofType lists the properties of all resources of a type, by physical name or, where they have none, by logical id.
func (t template) ofType(kind string) map[string]object {
	found := map[string]object{}
	for id, resource := range t.resources {
		if r := resource.(object); r["Type"] == kind {
			properties, _ := r["Properties"].(object)
			found[physicalName(id, properties)] = properties
		}
	}
	return found
}

// one is the only resource of a type.
func (t template) one(tb testing.TB, kind string) object {
	tb.Helper()
	all := t.ofType(kind)
	require.Len(tb, all, 1, kind)
	return slices.Collect(maps.Values(all))[0]
}

func physicalName(id string, properties object) string {
	for _, key := range []string{"TableName", "QueueName", "TopicName", "FunctionName", "StateMachineName", "LogGroupName", "UserPoolName", "ClientName", "Name"} {
		if name, ok := properties[key].(string); ok {
			return name
		}
	}
	return id
}

// text writes a value of a template as a person would: what it refers to, by kind and physical name.
func (t template) text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case object:
		return t.intrinsic(value)
	default:
		return fmt.Sprint(value)
	}
}

func (t template) intrinsic(value object) string {
	for function, argument := range value {
		switch function {
		case "Ref":
			return t.reference(argument.(string), "")
		case "Fn::GetAtt":
			parts := argument.([]any)
			return t.reference(parts[0].(string), parts[1].(string))
		case "Fn::Join":
			separator, parts := argument.([]any)[0].(string), argument.([]any)[1].([]any)
			return strings.Join(t.texts(parts), separator)
		case "Fn::Select": // The CDK picks a function's name out of its alias's ARN.
			return t.text(argument.([]any)[1].(object)["Fn::Split"].([]any)[1])
		case "Fn::ImportValue":
			return t.imported(argument.(string))
		}
	}
	return fmt.Sprint(value)
}

// texts writes each value of a list.
func (t template) texts(values any) []string {
	all := make([]string, 0, len(values.([]any)))
	for _, value := range values.([]any) {
		all = append(all, t.text(value))
	}
	return all
}

func (t template) imported(export string) string {
	for _, from := range t.imports {
		for _, output := range from.outputs {
			o := output.(object)
			if e, ok := o["Export"].(object); ok && e["Name"] == export {
				return from.text(o["Value"])
			}
		}
	}
	panic("nobody exports " + export)
}

// reference names a resource; with an attribute, or where the reference is not the name itself, its kind comes first.
func (t template) reference(id, attribute string) string {
	resource, ok := t.resources[id].(object)
	if !ok {
		return "<" + strings.TrimPrefix(id, "AWS::") + ">"
	}
	kind := resource["Type"].(string)
	properties, _ := resource["Properties"].(object)
	name := physicalName(id, properties)
	switch {
	case kind == "AWS::Lambda::Alias":
		return "function " + t.text(properties["FunctionName"]) + ":" + properties["Name"].(string)
	case kind == versionType:
		return "function " + t.text(properties["FunctionName"]) + ":version"
	case kind == "AWS::SQS::Queue" && attribute == "":
		return "url of " + name
	case attribute == "StreamArn":
		return "streamarn of " + name
	case kind == "AWS::SNS::Topic", kind == "AWS::StepFunctions::StateMachine", attribute == "Arn":
		short := strings.ToLower(kind[strings.LastIndex(kind, ":")+1:])
		return short + " " + name
	default:
		return name
	}
}
