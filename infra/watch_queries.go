package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// savedQuery is one query of Logs Insights, found in the console under rez-agent/<stage>.
type savedQuery struct {
	name   string
	groups []string
	query  string
}

// addQueries saves what a person asks the logs when something is wrong.
func (w *watch) addQueries() {
	for _, one := range append(w.messageQueries(), w.apiQueries()...) {
		groups := make([]any, 0, len(one.groups)) // the CDK wants a list that could also hold references
		for _, group := range one.groups {
			groups = append(groups, group)
		}
		awslogs.NewCfnQueryDefinition(w.stack, jsii.String("Query-"+one.name), &awslogs.CfnQueryDefinitionProps{
			Name:          jsii.String("rez-agent/" + w.stage.Name + "/" + one.name),
			LogGroupNames: &groups,
			QueryString:   jsii.String(one.query),
		})
	}
}

// lambdaLogs are the log groups of all Lambdas.
func (w *watch) lambdaLogs() []string {
	groups := make([]string, 0, len(w.tasks)+1)
	for _, task := range w.tasks {
		groups = append(groups, w.stage.functionLogGroupName(task))
	}
	return groups
}

func (w *watch) messageQueries() []savedQuery {
	send, workflow := []string{w.stage.functionLogGroupName(contract.TaskSendNtfy)}, w.stage.workflowLogGroupName()
	return []savedQuery{
		{"message", append(w.lambdaLogs(), workflow), `# Everything that is known of one message: put its id in the place of the zeros.
fields @timestamp, function, msg, outcome, class, status, coalesce(error, detail, reason) as why, execution_arn, request_id
| filter @message like "00000000-0000-0000-0000-000000000000"
| sort @timestamp asc
| limit 1000`},
		{"failed-attempts", send, `# Why ntfy did not take messages, by what it said.
filter msg = "attempt" and class != "delivered"
| stats count(*) as attempts, count_distinct(message_id) as messages, latest(message_id) as one_of_them by class, status, code, detail
| sort attempts desc`},
		{"ntfy-latency", send, `# How long ntfy takes to answer, and how often it does.
filter msg = "attempt"
| stats count(*) as attempts, pct(latency_ms, 50) as p50, pct(latency_ms, 95) as p95, max(latency_ms) as longest by class, bin(5m)`},
		{"outcomes", append(send, w.stage.functionLogGroupName(contract.TaskProcessor)), `# How executions end. The processor logs those that deliver at debug: their attempt says so.
filter (msg = "attempt" and class = "delivered") or (msg = "dispatched" and outcome != "completed")
| stats count(*) as executions by coalesce(outcome, class) as ending, bin(5m)`},
		{"pipeline-faults", []string{workflow}, `# Executions that broke, with the error that broke them.
filter type in ["ExecutionFailed", "ExecutionTimedOut", "LambdaFunctionFailed", "TaskFailed"]
| filter details.error not in ["DeliveryFailed", "DeliveryExpired"]
| stats count(*) as times, latest(execution_arn) as one_of_them by details.error, details.cause
| sort times desc`},
		{"lambda-errors", w.lambdaLogs(), `# What the Lambdas complain of.
filter level in ["warn", "error", "WARN", "ERROR"]
| stats count(*) as times, latest(message_id) as message, latest(request_id) as request by function, msg, error
| sort times desc`},
	}
}

func (w *watch) apiQueries() []savedQuery {
	access := []string{w.stage.accessLogGroupName()}
	return []savedQuery{
		{"api-slow", access, `# The slowest requests to the API.
filter latencyMs > 500
| fields @timestamp, method, path, status, latencyMs, lambdaMs, requestId, traceId
| sort latencyMs desc
| limit 100`},
		{"api-faults", access, `# Requests that failed, and those that were refused, by path.
filter status >= 400
| stats count(*) as requests, latest(requestId) as one_of_them by status, refusedAs, method, path
| sort status desc, requests desc`},
	}
}
