package infra_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

const (
	alarmType     = "AWS::CloudWatch::Alarm"
	compositeType = "AWS::CloudWatch::CompositeAlarm"
)

// watchedStages runs a test on the watch stack of each stage on AWS.
func watchedStages(t *testing.T, test func(t *testing.T, stage stageTemplates)) {
	t.Helper()
	everyStage(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		if stage.name == infra.StageLocal {
			require.Empty(t, stage.watch.resources, "the emulator cannot provision it")
			return
		}
		test(t, stage)
	})
}

// alarmsOf are a stage's alarms and pages by their names without the stage.
func alarmsOf(stage stageTemplates) map[string]object {
	all := map[string]object{}
	for _, kind := range []string{alarmType, compositeType} {
		for _, alarm := range stage.watch.ofType(kind) {
			all[strings.TrimPrefix(alarm["AlarmName"].(string), "rez-agent-alarm-"+stage.name+"-")] = alarm
		}
	}
	return all
}

func TestEachTargetIsHeldByAnAlarm(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		alarms := alarmsOf(stage)
		for name, want := range map[string]struct {
			metric, statistic string
			above             float64
		}{
			"api-p95":          {"Latency", "p95", 500},
			"api-p99":          {"Latency", "p99", 1000},
			"api-availability": {"5XXError", "Average", 0.001},
			"end-to-end-p95":   {string(telemetry.EndToEndLatency), "p95", 10_000},
			"delivery-p95":     {string(telemetry.DeliveryLatency), "p95", 5000},
			"circuit-open":     {string(telemetry.CircuitOpenSeconds), "Maximum", 300},
		} {
			require.Contains(t, alarms, name)
			alarm := alarms[name]
			statistic := alarm["Statistic"]
			if statistic == nil {
				statistic = alarm["ExtendedStatistic"]
			}
			require.Equal(t, []any{want.metric, want.statistic}, []any{alarm["MetricName"], statistic}, name)
			require.InDelta(t, want.above, alarm["Threshold"], 1e-9, name)
			require.Equal(t, "GreaterThanThreshold", alarm["ComparisonOperator"], name)
		}
		require.InDelta(t, 0.0005, alarms["delivered-share"]["Threshold"], 1e-9)
		require.Equal(t, []string{"delivered", "expired", "failed"}, metricsOf(alarms["delivered-share"]))
		require.Equal(t, []string{"accepted", "delivered"}, metricsOf(alarms["nothing-delivered"]))
		require.Equal(t, "breaching", alarms["sweeper-silent"]["TreatMissingData"])
	})
}

// measured are the metrics that an alarm looks at: its own, or those from which it is computed.
func measured(alarm object) []object {
	if alarm["MetricName"] != nil {
		return []object{alarm}
	}
	var all []object
	queries, _ := alarm["Metrics"].([]any)
	for _, query := range queries {
		if stat, ok := query.(object)["MetricStat"].(object); ok {
			all = append(all, stat["Metric"].(object))
		}
	}
	return all
}

func metricsOf(alarm object) []string {
	var names []string
	for _, metric := range measured(alarm) {
		names = append(names, metric["MetricName"].(string))
	}
	slices.Sort(names)
	return names
}

// A link of an alarm at night leads somewhere.
func TestEachAlarmLinksToItsRunbook(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	anchors := []string{}
	for _, found := range regexp.MustCompile(`(?m)^#+ +(.+)$`).FindAllStringSubmatch(string(text), -1) {
		anchors = append(anchors, anchor(found[1]))
	}
	link := regexp.MustCompile(` Runbook: https://github\.com/rezagent/rez_agent/blob/main/docs/operations\.md#([a-z0-9-]+)$`)
	linked := map[string]bool{}
	all := synthesized()
	for _, stage := range []stageTemplates{all["dev"], all["stage"], all["prod"], withWebhook()["prod"]} {
		for alarm, properties := range alarmsOf(stage) {
			found := link.FindStringSubmatch(properties["AlarmDescription"].(string))
			require.Len(t, found, 2, alarm)
			require.Contains(t, anchors, found[1], "the runbook of %s", alarm)
			linked[found[1]] = true
		}
	}
	behind := anchors[slices.Index(anchors, "alarms")+1:]
	require.Len(t, behind, len(linked), "a runbook is about an alarm that is not there")
}

// anchor is what GitHub makes of a heading.
func anchor(title string) string {
	kept := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(title), "")
	return strings.ReplaceAll(kept, " ", "-")
}

func TestEveryAlarmIsToldToTheOneTopic(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		topic := "topic rez-agent-alarms-" + stage.name
		for name, alarm := range alarmsOf(stage) {
			require.Equal(t, []string{topic}, stage.watch.texts(alarm["AlarmActions"]), name)
			require.Equal(t, []string{topic}, stage.watch.texts(alarm["OKActions"]), name)
		}
	})
}

func TestPagesWakeForDeliveryAndForTheAPI(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		require.Len(t, stage.watch.ofType(compositeType), 2)
		for name, part := range map[string]string{"page-delivery": "Alarmnothingdelivered", "page-api": "Alarmapi5xx"} {
			rule, err := json.Marshal(alarmsOf(stage)[name]["AlarmRule"])
			require.NoError(t, err)
			require.Contains(t, string(rule), " OR ")
			require.Contains(t, string(rule), part)
		}
	})
}

// Each Lambda is watched but one, whose errors are ntfy's and not its own.
func TestEveryLambdaIsWatched(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		alarms := alarmsOf(stage)
		for _, task := range contract.Tasks() {
			require.Contains(t, alarms, "lambda-throttles-"+string(task))
			_, errors := alarms["lambda-errors-"+string(task)]
			require.Equal(t, task != contract.TaskSendNtfy, errors, task)
		}
	})
}

// An alarm on a name that nobody emits never rings, and a metric that should be 0 needs somebody who looks.
func TestAlarmsOnOurOwnMetricsNameOnesThatExist(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		var watched []telemetry.Metric
		for _, alarm := range stage.watch.ofType(alarmType) {
			for _, metric := range measured(alarm) {
				if metric["Namespace"] == telemetry.Namespace {
					require.Equal(t, []any{object{"Name": "stage", "Value": stage.name}}, metric["Dimensions"])
					watched = append(watched, telemetry.Metric(metric["MetricName"].(string)))
				}
			}
		}
		require.Subset(t, telemetry.Metrics(), watched)
		require.Subset(t, watched, []telemetry.Metric{
			telemetry.PipelineFault, telemetry.CircuitUnreadable, telemetry.Swept, telemetry.Uncounted, telemetry.Unauthorized,
			telemetry.Misconfigured,
		})
	})
}

func TestTwoDashboardsSayWhatIsPromised(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		dashboards := stage.watch.ofType("AWS::CloudWatch::Dashboard")
		require.Len(t, dashboards, 2)
		all, err := json.Marshal(dashboards)
		require.NoError(t, err)
		for _, alarm := range []string{"api-p95", "api-p99", "api-availability", "end-to-end-p95", "delivery-p95", "delivered-share"} {
			require.Contains(t, string(all), "| "+alarm+" |")
		}
	})
}

func TestSavedQueriesSearchLogGroupsThatExist(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		groups := map[string]object{}
		for _, in := range stage.withLambdas() {
			maps.Copy(groups, in.ofType("AWS::Logs::LogGroup"))
		}
		queries := stage.watch.ofType("AWS::Logs::QueryDefinition")
		require.Contains(t, queries, "rez-agent/"+stage.name+"/message")
		for name, query := range queries {
			for _, group := range query["LogGroupNames"].([]any) {
				require.Contains(t, groups, group, name)
			}
		}
	})
}
