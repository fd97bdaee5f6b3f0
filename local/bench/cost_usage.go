package bench

import (
	"encoding/json"

	"github.com/rezagent/rez_agent/internal/contract"
)

// eventBytes is what CloudWatch Logs charges for each event beside its text.
const eventBytes = 26

// weigh is how many bytes of a Lambda's line are paid for where the log level is info, and whether it is the line that
// ends an invocation. What is not our JSON is the runtime's own, which is off below warnings.
func weigh(line string) (bytes int64, ends bool) {
	var ours struct {
		Level   string          `json:"level"`
		Message string          `json:"msg"`
		Took    json.RawMessage `json:"took"`
	}
	if json.Unmarshal([]byte(line), &ours) != nil || ours.Message == "" {
		return 0, false
	}
	ends = ours.Took != nil && (ours.Message == "done" || ours.Message == "ended with an error")
	if ours.Level == "debug" {
		return 0, ends
	}
	return int64(len(line)) + eventBytes, ends
}

// assumption is what nobody can measure without AWS.
type assumption struct {
	memoryMB int
	// seconds are what an invocation is billed for on arm64 while ntfy is well.
	seconds float64
}

// assumed are the Lambdas' memory, which infra sets, and durations on AWS: a DynamoDB call takes 4 to 8 ms, a POST to
// ntfy on a warm connection 100 ms, an execution 250 ms. 128 MB have a fourteenth of a core.
func assumed() map[contract.Task]assumption {
	return map[contract.Task]assumption{
		contract.TaskProcessor:      {128, 0.31},
		contract.TaskMarkProcessing: {128, 0.020},
		contract.TaskCheckCircuit:   {128, 0.010},
		contract.TaskSendNtfy:       {256, 0.130},
		contract.TaskMarkCompleted:  {128, 0.020},
		contract.TaskMarkDeferred:   {128, 0.030},
		contract.TaskMarkFailed:     {128, 0.030},
		contract.TaskRollup:         {128, 0.050},
		contract.TaskSweeper:        {256, 0.100},
		contract.TaskWebAPI:         {512, 0.030},
		contract.TaskAuthorizer:     {256, 0.005},
	}
}

// What an execution is billed for: at least 64 MB, in steps of 100 ms.
const executionSeconds, executionGB = 0.3, 64.0 / 1024

// gigabyteSeconds is what the Lambdas of a run used, but for those left out.
func (u usage) gigabyteSeconds(chosen func(contract.Task) bool) (invocations, gbSeconds float64) {
	for task, n := range u.invocations {
		if one := assumed()[task]; chosen(task) {
			invocations += float64(n)
			gbSeconds += float64(n) * one.seconds * float64(one.memoryMB) / 1024
		}
	}
	return invocations, gbSeconds
}

// calls are how often an operation of a service was called.
func (u usage) calls(service, operation string) float64 {
	sum := 0
	for key, one := range u.counts.Calls {
		if key.Service == service && key.Operation == operation {
			sum += one.Calls
		}
	}
	return float64(sum)
}

// units are DynamoDB's, of the callers that chosen accepts; without the create, which is the ingress.
func (u usage) units(chosen func(caller string) bool) (read, write float64) {
	for key, one := range u.counts.Units {
		if key.Caller != "" && chosen(key.Caller) {
			read += one.Read
			write += one.Write
		}
	}
	return read, write
}

// created are the units of the create.
func (u usage) created() (write float64) {
	for key, one := range u.counts.Units {
		if key.Caller == "" {
			write += one.Write
		}
	}
	return write
}
