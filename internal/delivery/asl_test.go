package delivery_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/dispatch"
)

// asl plays the real workflow, as statemachine/testdata/deliver.asl.json has it: as much of the Amazon States Language
// as it uses, with a clock that is moved instead of waited for.
type asl struct {
	StartAt string
	States  map[string]aslState
}

type aslState struct {
	Type, Next, Default, Resource, Error string
	Parameters                           map[string]any
	ResultPath                           json.RawMessage
	Choices                              []aslChoice
	Retry                                []aslRetry
	Catch                                []aslCatch
}

type aslChoice struct {
	Variable, StringEquals, Next string
	And                          []struct{ Variable string }
}

type aslRetry struct {
	ErrorEquals                  []string
	IntervalSeconds, BackoffRate float64
	MaxAttempts                  int
}

type aslCatch struct {
	ErrorEquals []string
	ResultPath  string
	Next        string
}

// envASL names the environment variable that names another workflow to play: make test/mutation breaks it.
const envASL = "REZ_TEST_ASL"

func loadASL(t *testing.T) asl {
	t.Helper()
	data, err := os.ReadFile(cmp.Or(os.Getenv(envASL), "../../statemachine/testdata/deliver.asl.json"))
	require.NoError(t, err)
	var machine asl
	require.NoError(t, json.Unmarshal(data, &machine))
	return machine
}

// tasks run a state's Lambda, named as in package contract, or "dynamodb:updateItem".
type task func(input []byte) (output []byte, err error)

// aslRun is one execution.
type aslRun struct {
	machine asl
	tasks   map[string]task
	wait    func(time.Duration)
	context map[string]any
	visited []string
}

// lambdaFault is a fault of the Lambda service, by the name that Step Functions gives it.
type lambdaFault struct{ name string }

func (e *lambdaFault) Error() string { return e.name }

// errorName is the error as aws-lambda-go hands it to Step Functions.
func errorName(err error) string {
	if fault, ok := err.(*lambdaFault); ok { //nolint:errorlint // as Lambda does: the bare type
		return fault.name
	}
	of := reflect.TypeOf(err)
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	return of.Name()
}

func (r *aslRun) run(input []byte) dispatch.Ending {
	var data any
	if err := json.Unmarshal(input, &data); err != nil {
		panic(err)
	}
	for name := r.machine.StartAt; ; {
		r.visited = append(r.visited, name)
		state, known := r.machine.States[name]
		if !known {
			panic("no state " + name)
		}
		switch state.Type {
		case "Succeed":
			outcome, _ := lookup(data, "$.outcome").(string)
			return dispatch.Ending{Succeeded: true, Status: "SUCCEEDED", Outcome: contract.Outcome(outcome)}
		case "Fail":
			return dispatch.Ending{Status: "FAILED", ErrorName: state.Error}
		case "Choice":
			name = choose(state, data)
		case "Task":
			data, name = r.task(state, data)
		default:
			panic("state type " + state.Type)
		}
	}
}

func (r *aslRun) task(state aslState, data any) (output any, next string) {
	var kept string
	if len(state.ResultPath) > 0 {
		kept = string(state.ResultPath)
	}
	result, err := r.attempts(state, data)
	if err == nil {
		if kept == "null" {
			return data, state.Next
		}
		return result, state.Next
	}
	for _, catch := range state.Catch {
		if matches(catch.ErrorEquals, errorName(err)) {
			caught := map[string]any{"Error": errorName(err), "Cause": err.Error()}
			with := map[string]any{}
			maps.Copy(with, data.(map[string]any))
			with[strings.TrimPrefix(catch.ResultPath, "$.")] = caught
			return with, catch.Next
		}
	}
	panic("uncaught " + errorName(err))
}

// attempts runs the task with its retries, as Step Functions counts them: each retrier for itself.
func (r *aslRun) attempts(state aslState, data any) (any, error) {
	tries := make([]int, len(state.Retry))
	for count := 0; ; count++ {
		r.context["State"] = map[string]any{"RetryCount": count}
		result, err := r.invoke(state, data)
		if err == nil {
			return result, nil
		}
		i := slices.IndexFunc(state.Retry, func(retry aslRetry) bool { return matches(retry.ErrorEquals, errorName(err)) })
		if i < 0 || tries[i] >= state.Retry[i].MaxAttempts {
			return nil, err
		}
		seconds := state.Retry[i].IntervalSeconds
		for range tries[i] {
			seconds *= state.Retry[i].BackoffRate
		}
		tries[i]++
		r.wait(time.Duration(seconds * float64(time.Second)))
	}
}

func (r *aslRun) invoke(state aslState, data any) (any, error) {
	input := data
	if state.Parameters != nil {
		input = r.resolve(state.Parameters, data)
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	run, ok := r.tasks[taskOf(state.Resource)]
	if !ok {
		panic("no task for " + state.Resource)
	}
	out, err := run(raw)
	if err != nil {
		return nil, err
	}
	var result any
	return result, json.Unmarshal(out, &result)
}

// taskOf finds the Lambda's name in its ARN: …:function:rez-agent-<task>-<stage>:live.
func taskOf(resource string) string {
	for _, name := range contract.AllTasks() {
		if strings.Contains(resource, "rez-agent-"+string(name)+"-") {
			return string(name)
		}
	}
	return strings.TrimPrefix(resource, "arn:aws:states:::")
}

func (r *aslRun) resolve(template any, data any) any {
	fields, ok := template.(map[string]any)
	if !ok {
		return template
	}
	out := map[string]any{}
	for key, value := range fields {
		if name, isPath := strings.CutSuffix(key, ".$"); isPath {
			out[name] = r.path(value.(string), data)
			continue
		}
		out[key] = r.resolve(value, data)
	}
	return out
}

func (r *aslRun) path(path string, data any) any {
	if rest, ok := strings.CutPrefix(path, "$$"); ok {
		return lookup(r.context, "$"+rest)
	}
	return lookup(data, path)
}

func lookup(data any, path string) any {
	for _, key := range strings.Split(path, ".")[1:] {
		fields, _ := data.(map[string]any)
		data = fields[key]
	}
	return data
}

func choose(state aslState, data any) string {
	for _, choice := range state.Choices {
		if len(choice.And) > 0 {
			if _, isString := lookup(data, choice.And[0].Variable).(string); isString {
				return choice.Next
			}
			continue
		}
		if lookup(data, choice.Variable) == choice.StringEquals {
			return choice.Next
		}
	}
	return state.Default
}

func matches(names []string, name string) bool {
	return slices.Contains(names, name) || slices.Contains(names, "States.ALL")
}

func asTask[In, Out any](run func(In) (Out, error)) task {
	return func(input []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, fmt.Errorf("the Lambda cannot read its input: %w", err)
		}
		out, err := run(in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}
