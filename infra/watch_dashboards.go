package infra

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// The widgets' sizes; a dashboard is 24 wide.
const wholeWidth, thirdWidth, rowHeight = 24, 8, 6

// targets are what is promised, and which alarm holds each.
const targets = `**What is promised**, and the alarm that holds it. [What to do](` + runbooks + `alarms)

| target | alarm |
|---|---|
| API, p95 ≤ 500 ms | api-p95 |
| API, p99 ≤ 1 s | api-p99 |
| API answers 99.9 % | api-availability |
| accepted to delivered, p95 ≤ 10 s | end-to-end-p95 |
| one delivery, p95 ≤ 5 s | delivery-p95 |
| 99.95 % of messages delivered | delivered-share |`

// addDashboards makes them once: a dashboard belongs to no region.
func (w *watch) addDashboards() {
	if w.stage.standsBy() {
		return
	}
	w.addDashboard("glance", w.glance())
	w.addDashboard("debug", w.debug())
}

func (w *watch) addDashboard(what string, rows []*[]awscloudwatch.IWidget) {
	awscloudwatch.NewDashboard(w.stack, jsii.String("Dashboard-"+what), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(w.stage.name(what)), Widgets: &rows,
	})
}

// glance says in ten seconds whether all is well.
func (w *watch) glance() []*[]awscloudwatch.IWidget {
	sum := func(name telemetry.Metric) awscloudwatch.IMetric { return w.own(name, statSum, short) }
	return []*[]awscloudwatch.IWidget{
		{w.alarmList()},
		{
			w.text(targets),
			w.graph("Messages", sum(telemetry.Accepted), sum(telemetry.Delivered), sum(telemetry.Deferred), sum(telemetry.Failed),
				sum(telemetry.Expired)),
			w.graph("Accepted to delivered, ms", w.own(telemetry.EndToEndLatency, statP50, short), w.own(telemetry.EndToEndLatency, statP95, short)),
		},
		{
			w.graph("API: latency, ms", w.api("Latency", statP95, short), w.api("Latency", statP99, short)),
			w.graph("API: requests and faults", w.api("Count", statSum, short), w.api("5XXError", statSum, short), w.api("4XXError", statSum, short)),
			w.graph("Circuit: open for, s", w.own(telemetry.CircuitOpenSeconds, statMax, minute)),
		},
		{
			w.graph("Queue", w.queue("message-queue", "ApproximateNumberOfMessagesVisible", minute),
				w.queue("message-queue", "ApproximateNumberOfMessagesDelayed", minute)),
			w.graph("Dead letters", w.queue("message-dlq", "ApproximateNumberOfMessagesVisible", minute),
				w.queue("subscription-dlq", "ApproximateNumberOfMessagesVisible", minute)),
			w.graph("Age of the oldest ticket, s", w.queue("message-queue", "ApproximateAgeOfOldestMessage", minute)),
		},
	}
}

// debug shows where it is stuck.
func (w *watch) debug() []*[]awscloudwatch.IWidget {
	sum := func(name telemetry.Metric) awscloudwatch.IMetric { return w.own(name, statSum, minute) }
	return []*[]awscloudwatch.IWidget{
		{
			w.graph("Executions", w.workflow("ExecutionsStarted", statSum, minute), w.workflow("ExecutionsFailed", statSum, minute),
				w.workflow("ExecutionsTimedOut", statSum, minute), w.workflow("ExecutionThrottled", statSum, minute)),
			w.graph("One execution, ms", w.workflow("ExecutionTime", statP95, minute), w.own(telemetry.DeliveryLatency, statP95, minute)),
			w.graph("ntfy", sum(telemetry.Attempts), sum(telemetry.Unauthorized), sum(telemetry.Misconfigured),
				sum(telemetry.CircuitOpened), sum(telemetry.CircuitClosed)),
		},
		{
			w.graph("What should be rare", sum(telemetry.PipelineFault), sum(telemetry.Unreadable), sum(telemetry.Duplicate),
				sum(telemetry.Swept), sum(telemetry.Uncounted), sum(telemetry.CircuitUnreadable)),
			w.graph("Counters: how late, ms", w.lambda(contract.TaskRollup, "IteratorAge", statMax, minute)),
			w.graph("API: in the Lambdas, ms", w.api("IntegrationLatency", statP95, minute),
				w.lambda(contract.TaskAuthorizer, "Duration", statP95, minute)),
		},
		{
			w.graph("Lambda: errors", w.ofEach("Errors", statSum)...),
			w.graph("Lambda: throttles", w.ofEach("Throttles", statSum)...),
			w.graph("Lambda: at once", w.ofEach("ConcurrentExecutions", statMax)...),
		},
		{
			w.graph("Lambda: duration, ms", w.ofEach("Duration", statP95)...),
			w.graph("Lambda: invocations", w.ofEach("Invocations", statSum)...),
			w.graph("Tickets being worked on", w.queue("message-queue", "ApproximateNumberOfMessagesNotVisible", minute)),
		},
	}
}

// ofEach is one metric of every Lambda.
func (w *watch) ofEach(name, statistic string) []awscloudwatch.IMetric {
	all := make([]awscloudwatch.IMetric, 0, len(w.tasks))
	for _, task := range w.tasks {
		all = append(all, w.lambda(task, name, statistic, minute).With(&awscloudwatch.MetricOptions{Label: jsii.String(string(task))}))
	}
	return all
}

func (w *watch) graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &metrics, Width: jsii.Number(thirdWidth), Height: jsii.Number(rowHeight),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	})
}

func (w *watch) text(markdown string) awscloudwatch.IWidget {
	return awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
		Markdown: jsii.String(markdown), Width: jsii.Number(thirdWidth), Height: jsii.Number(rowHeight),
	})
}

// alarmList shows every alarm, the one that changed last first.
func (w *watch) alarmList() awscloudwatch.IWidget {
	list := make([]interfacesawscloudwatch.IAlarmRef, 0, len(w.alarms))
	for _, name := range slices.Sorted(maps.Keys(w.alarms)) {
		list = append(list, w.alarms[name])
	}
	return awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: jsii.String("Alarms"), Alarms: &list, Width: jsii.Number(wholeWidth), Height: jsii.Number(rowHeight),
		SortBy: awscloudwatch.AlarmStatusWidgetSortBy_STATE_UPDATED_TIMESTAMP,
	})
}
