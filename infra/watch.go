package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// watch is who is told when something is wrong, and what a person looks at then. It is a stack of its own that knows the
// others by their names alone: a threshold can be changed without touching what delivers, and no export ties the stacks.
type watch struct {
	stack  awscdk.Stack
	stage  Stage
	topic  awssns.Topic
	alarms map[string]awscloudwatch.Alarm
	// channels are those that the stage has beside ntfy, tasks all its Lambdas.
	channels []contract.Channel
	tasks    []contract.Task
}

func newWatchStack(app awscdk.App, stage Stage, options Options, kept stateful) {
	w := &watch{
		stack: newStack(app, stage, "watch", "rez_agent: alarms, dashboards and saved queries"), stage: stage,
		alarms: map[string]awscloudwatch.Alarm{}, channels: options.others(), tasks: options.tasks(),
	}
	if stage.OwnKeys {
		w.stack.AddStackDependency(kept.stack, jsii.String("the key is known by its alias alone"))
	}
	w.topic = w.newAlarmTopic(options.AlarmEmail)
	w.addBudget()
	for _, list := range [][]alarm{w.deliveryAlarms(), w.pipelineAlarms(), w.apiAlarms(), w.lambdaAlarms(), w.channelAlarms()} {
		for _, one := range list {
			w.addAlarm(one)
		}
	}
	for _, one := range pages() {
		if one.name == pageDelivery {
			one.of = append(one.of, w.channelPage()...)
		}
		w.addPage(one)
	}
	w.addDashboards()
	w.addQueries()
	output(w.stack, contract.OutputAlarmTopicARN, w.topic.TopicArn(), "Topic to which every alarm is told")
}

// newAlarmTopic tells of alarms. Where the stage has keys of its own it uses the one for data, whose policy lets
// CloudWatch and the budget in: a key of its own would cost another dollar a month, and CloudWatch cannot publish through
// the one that AWS manages.
func (w *watch) newAlarmTopic(email string) awssns.Topic {
	props := &awssns.TopicProps{TopicName: jsii.String(w.stage.name("alarms")), EnforceSSL: jsii.Bool(true)}
	if w.stage.OwnKeys {
		props.MasterKey = awskms.Alias_FromAliasName(w.stack, jsii.String("DataKey"), jsii.String(w.stage.keyAlias(dataKey)))
	}
	topic := awssns.NewTopic(w.stack, jsii.String("Alarms"), props)
	// A topic that refuses plain HTTP has a policy, and then nobody may publish whom it does not name.
	mayTell(topic, "AlarmsMayTell", "cloudwatch.amazonaws.com", map[string]any{
		"ArnLike": map[string]any{"aws:SourceArn": w.stage.alarmARNs(w.stack)},
	})
	if email != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(email), nil))
	}
	return topic
}

// mayTell lets one of AWS's services publish to the topic.
func mayTell(topic awssns.Topic, id, service string, condition map[string]any) {
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String(id),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String(service), nil)},
		Actions:    jsii.Strings(publish),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &condition,
	}))
}

// runbooks is where an alarm's description sends the person who gets it.
const runbooks = "https://github.com/rezagent/rez_agent/blob/main/docs/operations.md#"

// alarm is one row of the alarms.
type alarm struct {
	name string
	// runbook is its heading in docs/operations.md; the alarm's name where it is empty.
	runbook string
	// says what is wrong, in one sentence.
	says string
	of   awscloudwatch.IMetric
	// above is the threshold. The alarm rings when each of the last periods lay above it.
	above   float64
	periods int
	// silence means that no data is the fault; elsewhere no data is a quiet hour.
	silence bool
}

func (w *watch) addAlarm(one alarm) {
	missing := awscloudwatch.TreatMissingData_NOT_BREACHING
	if one.silence {
		missing = awscloudwatch.TreatMissingData_BREACHING
	}
	made := awscloudwatch.NewAlarm(w.stack, jsii.String("Alarm-"+one.name), &awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(w.stage.alarmName(one.name)),
		AlarmDescription:   jsii.String(one.says + " Runbook: " + runbooks + orElse(one.runbook, one.name)),
		Metric:             one.of,
		Threshold:          jsii.Number(one.above),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(max(1, one.periods)),
		TreatMissingData:   missing,
	})
	made.AddAlarmAction(awscloudwatchactions.NewSnsAction(w.topic))
	made.AddOkAction(awscloudwatchactions.NewSnsAction(w.topic))
	w.alarms[one.name] = made
}

// alarmName begins with the stage's, so that the console's list shows a stage's alarms together.
func (s Stage) alarmName(what string) string { return s.name("alarm") + "-" + what }

// alarmARNs are all alarms of the stage.
func (s Stage) alarmARNs(stack awscdk.Stack) *string {
	return stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("cloudwatch"), Resource: jsii.String("alarm"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		ResourceName: jsii.String(s.alarmName("*")),
	})
}

const pageDelivery = "page-delivery"

// page is several alarms that wake the same person once.
type page struct {
	name, says string
	of         []string
}

// pages are what somebody gets up for at night. Whoever is woken subscribes to names with "-page-" in them; the other
// alarms can wait for the morning.
func pages() []page {
	return []page{
		{
			name: pageDelivery, says: "Messages are not delivered, or fail.",
			of: []string{
				alarmNothingDelivered, alarmFailureRate, alarmOldestMessage, alarmPipelineFault, alarmCircuitOpen,
				alarmUnauthorized, alarmMisconfigured, alarmSweeperSilent,
			},
		},
		{
			name: "page-api", says: "The API fails, or is too slow to use.",
			of: []string{
				alarmAPIFaults, alarmAPIP99,
				alarmLambdaErrors + string(contract.TaskWebAPI), alarmLambdaErrors + string(contract.TaskAuthorizer),
			},
		},
	}
}

func (w *watch) addPage(one page) {
	rules := make([]awscloudwatch.IAlarmRule, 0, len(one.of))
	for _, name := range one.of {
		rules = append(rules, awscloudwatch.AlarmRule_FromAlarm(w.alarms[name], awscloudwatch.AlarmState_ALARM))
	}
	composite := awscloudwatch.NewCompositeAlarm(w.stack, jsii.String("Alarm-"+one.name), &awscloudwatch.CompositeAlarmProps{
		CompositeAlarmName: jsii.String(w.stage.alarmName(one.name)),
		AlarmDescription:   jsii.String(one.says + " Runbook: " + runbooks + one.name),
		AlarmRule:          awscloudwatch.AlarmRule_AnyOf(rules...),
	})
	composite.AddAlarmAction(awscloudwatchactions.NewSnsAction(w.topic))
	composite.AddOkAction(awscloudwatchactions.NewSnsAction(w.topic))
}
