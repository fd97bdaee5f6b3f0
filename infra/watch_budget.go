package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbudgets"
	"github.com/aws/jsii-runtime-go"
)

const budgetsService = "budgets.amazonaws.com"

// When a budget is told of, in percent of it: before what was spent reaches it, and when AWS expects it to be passed.
const nearlySpent, expectedToPass = 80, 100

// addBudget tells the alarm topic before a month costs more than it should. It watches the account's whole bill: a bill by
// stage needs tags that somebody first has to activate, and would be silent until then.
func (w *watch) addBudget() {
	if w.stage.MonthlyBudget == 0 {
		return
	}
	mayTell(w.topic, "BudgetMayTell", budgetsService, map[string]any{
		"StringEquals": map[string]any{"aws:SourceAccount": w.stack.Account()},
	})
	budget := awsbudgets.NewCfnBudget(w.stack, jsii.String("Budget"), &awsbudgets.CfnBudgetProps{
		Budget: &awsbudgets.CfnBudget_BudgetDataProperty{
			BudgetName: jsii.String(w.stage.name("budget")), BudgetType: jsii.String("COST"), TimeUnit: jsii.String("MONTHLY"),
			BudgetLimit: &awsbudgets.CfnBudget_SpendProperty{Amount: jsii.Number(w.stage.MonthlyBudget), Unit: jsii.String("USD")},
		},
		NotificationsWithSubscribers: []any{w.tellAt("ACTUAL", nearlySpent), w.tellAt("FORECASTED", expectedToPass)},
	})
	budget.Node().AddDependency(w.topic) // with its policy: AWS tries the topic when the budget is made
}

func (w *watch) tellAt(what string, percent int) *awsbudgets.CfnBudget_NotificationWithSubscribersProperty {
	return &awsbudgets.CfnBudget_NotificationWithSubscribersProperty{
		Notification: &awsbudgets.CfnBudget_NotificationProperty{
			NotificationType: jsii.String(what), ComparisonOperator: jsii.String("GREATER_THAN"),
			Threshold: jsii.Number(percent), ThresholdType: jsii.String("PERCENTAGE"),
		},
		Subscribers: []any{&awsbudgets.CfnBudget_SubscriberProperty{
			SubscriptionType: jsii.String("SNS"), Address: w.topic.TopicArn(),
		}},
	}
}
