package infra_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const budgetType = "AWS::Budgets::Budget"

func TestABudgetTellsTheAlarmTopicBeforeItIsSpent(t *testing.T) {
	t.Parallel()
	dollars := map[string]float64{"dev": 25, "stage": 50, "prod": 100}
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		made := stage.watch.one(t, budgetType)
		budget := made["Budget"].(object)
		require.Equal(t, object{"Amount": dollars[stage.name], "Unit": "USD"}, budget["BudgetLimit"])
		require.Equal(t, []any{"COST", "MONTHLY"}, []any{budget["BudgetType"], budget["TimeUnit"]})
		require.NotContains(t, budget, "CostFilters", "a tag that nobody activated would be silent")
		at := map[any]any{}
		for _, n := range made["NotificationsWithSubscribers"].([]any) {
			notification := n.(object)["Notification"].(object)
			require.Equal(t, "PERCENTAGE", notification["ThresholdType"])
			at[notification["NotificationType"]] = notification["Threshold"]
			for _, s := range n.(object)["Subscribers"].([]any) {
				require.Equal(t, "SNS", s.(object)["SubscriptionType"])
				require.Equal(t, "topic rez-agent-alarms-"+stage.name, stage.watch.text(s.(object)["Address"]))
			}
		}
		require.Equal(t, map[any]any{"ACTUAL": 80.0, "FORECASTED": 100.0}, at)
	})
}

func TestAStageMayGoWithoutABudget(t *testing.T) {
	t.Parallel()
	require.Empty(t, optioned().watch.ofType(budgetType))
}

// A topic with a policy takes nothing from a service that the policy does not name, and an encrypted one nothing from a
// service that the key does not know: an alarm would ring unheard.
func TestAlarmsAndBudgetReachTheirTopic(t *testing.T) {
	t.Parallel()
	watchedStages(t, func(t *testing.T, stage stageTemplates) {
		t.Helper()
		alarms := object{"ArnLike": object{"aws:SourceArn": "arn:<Partition>:cloudwatch:<Region>:<AccountId>:alarm:rez-agent-alarm-" + stage.name + "-*"}}
		ours := object{"StringEquals": object{"aws:SourceAccount": "<AccountId>"}}
		want := map[string]object{"cloudwatch.amazonaws.com": alarms, "budgets.amazonaws.com": ours}
		policy := stage.watch.one(t, "AWS::SNS::TopicPolicy")["PolicyDocument"].(object)
		require.Equal(t, want, letIn(stage.watch, policy, "sns:Publish"))

		topic := stage.watch.one(t, "AWS::SNS::Topic")
		if !stage.shifts() {
			require.NotContains(t, topic, "KmsMasterKeyId")
			return
		}
		require.Equal(t, "arn:<Partition>:kms:<Region>:<AccountId>:alias/rez-agent-data-"+stage.name, stage.watch.text(topic["KmsMasterKeyId"]))
		var document object
		for _, alias := range stage.stateful.ofType("AWS::KMS::Alias") {
			if alias["AliasName"] == "alias/rez-agent-data-"+stage.name {
				id := alias["TargetKeyId"].(object)["Fn::GetAtt"].([]any)[0].(string)
				document = stage.stateful.resources[id].(object)["Properties"].(object)["KeyPolicy"].(object)
			}
		}
		for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey"} {
			in := letIn(stage.stateful, document, action)
			for service, condition := range want {
				require.Equal(t, condition, in[service], "%s for %s", action, service)
			}
		}
	})
}

// letIn are the services that a policy allows an action, each with its condition.
func letIn(in template, policy object, action string) map[string]object {
	services := map[string]object{}
	for _, s := range policy["Statement"].([]any) {
		statement := s.(object)
		principal, _ := statement["Principal"].(object)
		service, named := principal["Service"].(string)
		if statement["Effect"] != "Allow" || !named {
			continue
		}
		for _, allowed := range list(statement["Action"]) {
			if allowed == action {
				services[service] = in.written(statement["Condition"]).(object)
			}
		}
	}
	return services
}

// written is a value with everything that it refers to written as a person would.
func (t template) written(value any) any {
	o, ok := value.(object)
	if !ok {
		return t.text(value)
	}
	for key := range o {
		if key == "Ref" || len(key) > 4 && key[:4] == "Fn::" {
			return t.text(o)
		}
	}
	all := object{}
	for key, v := range o {
		all[key] = t.written(v)
	}
	return all
}
