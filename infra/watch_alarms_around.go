package infra

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	"github.com/rezagent/rez_agent/internal/contract"
)

const (
	alarmAPIFaults = "api-5xx"
	alarmAPIP99    = "api-p99"
	// alarmLambdaErrors and alarmLambdaThrottles begin the names of one alarm for each Lambda.
	alarmLambdaErrors    = "lambda-errors-"
	alarmLambdaThrottles = "lambda-throttles-"
)

// The targets of the API, CloudFront left out: how long it may take, and which share of requests it answers.
const (
	targetAPIP95 = 500 * time.Millisecond
	targetAPIP99 = time.Second
	targetAPIUp  = 0.999
)

const (
	// fewAPIFaults within five minutes wake nobody.
	fewAPIFaults = 4
	// nearlyAll of a concurrency leaves time to raise it.
	nearlyAll = 0.8
	// lateCounters is how old a change may be that is counted: the dashboard's figures are late by as much.
	lateCounters = 5 * time.Minute
)

func (w *watch) apiAlarms() []alarm {
	return []alarm{
		{
			name: "api-p95", says: "5 of 100 requests to the API take more than 500 ms.",
			of: w.api("Latency", statP95, short), above: inMilliseconds(targetAPIP95), periods: threeTimes,
		},
		{
			name: alarmAPIP99, says: "1 of 100 requests to the API takes more than 1 s.",
			of: w.api("Latency", statP99, short), above: inMilliseconds(targetAPIP99), periods: threeTimes,
		},
		{
			name: alarmAPIFaults, says: "More than 4 requests to the API failed within 5 minutes.",
			of: w.api("5XXError", statSum, short), above: fewAPIFaults,
		},
		{
			// The average of a metric that is 0 or 1 for each request is the share of the requests that failed.
			name: "api-availability", says: "The API answered less than 99.9 % of an hour's requests.",
			of: w.api("5XXError", statMean, hour), above: 1 - targetAPIUp,
		},
	}
}

// lambdaAlarms are of each Lambda, and of what all share.
func (w *watch) lambdaAlarms() []alarm {
	list := []alarm{
		{
			name: alarmSweeperSilent, says: "The sweeper has not run for 5 minutes: lost tickets stay lost, and nobody reads the circuit.",
			of: computed("no sweep", "IF(FILL(runs, 0) == 0, 1, 0)", short, map[string]awscloudwatch.IMetric{
				"runs": w.lambda(contract.TaskSweeper, "Invocations", statSum, short),
			}),
			silence: true,
		},
		{
			name: "stream-late", says: "Changes are counted more than 5 minutes late.",
			of: w.lambda(contract.TaskRollup, "IteratorAge", statMax, short), above: inMilliseconds(lateCounters),
		},
		{
			name: "concurrency-account", runbook: "concurrency", says: "More than 80 % of the account's concurrent Lambdas are in use.",
			of:    newMetric("AWS/Lambda", "ConcurrentExecutions", statMax, minute, map[string]*string{}),
			above: nearlyAll * float64(w.stage.lambdaQuota()), periods: threeTimes,
		},
	}
	if w.stage.Reservations {
		list = append(list,
			w.concurrencyAlarm(contract.TaskProcessor, w.stage.MaxProcessors), w.concurrencyAlarm(contract.TaskWebAPI, webAPIs))
	}
	for _, task := range w.tasks {
		list = append(list, w.throttlesAlarm(task))
		// What sends raises an error for each request that is not taken: the breaker and its alarms watch those.
		if task != contract.TaskSendNtfy && task != contract.TaskSendWebhook {
			list = append(list, w.errorsAlarm(task))
		}
	}
	return list
}

// concurrencyAlarm gives a burst time to pass: the queue is there for it.
func (w *watch) concurrencyAlarm(task contract.Task, most int) alarm {
	const inARow = 15
	return alarm{
		name: "concurrency-" + string(task), runbook: "concurrency",
		says: "More than 80 % of the concurrency of " + string(task) + " is in use for 15 minutes.",
		of:   w.lambda(task, "ConcurrentExecutions", statMax, minute), above: nearlyAll * float64(most), periods: inARow,
	}
}

func (w *watch) throttlesAlarm(task contract.Task) alarm {
	return alarm{
		name: alarmLambdaThrottles + string(task), runbook: "lambda-throttles",
		says: "AWS refuses to run the Lambda " + string(task) + ": too many at once.",
		of:   w.lambda(task, "Throttles", statSum, short),
	}
}

func (w *watch) errorsAlarm(task contract.Task) alarm {
	return alarm{
		name: alarmLambdaErrors + string(task), runbook: "lambda-errors",
		says: "The Lambda " + string(task) + " ended with an error.", of: w.lambda(task, "Errors", statSum, short),
	}
}

// lambdaQuota is the concurrency on which the stage counts.
func (s Stage) lambdaQuota() int {
	if s.Reservations {
		return usualQuota
	}
	return newAccountQuota
}
