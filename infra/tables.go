package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// newMessagesTable keeps one record for each message. Every write to an index is paid for, so the indexes carry as
// little as their readers can do with.
func newMessagesTable(stack awscdk.Stack, stage Stage, own keys) awsdynamodb.Table {
	props := tableProps(stage, own, "messages", contract.MessageKey)
	props.TimeToLiveAttribute = jsii.String(contract.AttrTTL)
	props.Stream = awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES
	table := newTable(stack, stage, "MessagesTable", props)
	// Lists read the records of their page, so a change of status writes nothing here.
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:      jsii.String(contract.StageIndex),
		PartitionKey:   text(contract.AttrStage),
		SortKey:        text(contract.AttrCreatedDate),
		ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
	})
	// Sparse: completed messages are not in it. The sweeper reads here whether a record is overdue; the time of the next
	// attempt changes with the key, so it costs no write of its own; that of the next sweep costs one, and sweeps are rare.
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:        jsii.String(contract.StatusIndex),
		PartitionKey:     text(contract.AttrPendingStatus),
		SortKey:          text(contract.AttrCreatedDate),
		ProjectionType:   awsdynamodb.ProjectionType_INCLUDE,
		NonKeyAttributes: jsii.Strings(contract.AttrNextAttemptAt, contract.AttrNextSweepAt),
	})
	return table
}

// newCircuitTable keeps one item for each channel: its breaker and its rate limit.
func newCircuitTable(stack awscdk.Stack, stage Stage, own keys) awsdynamodb.Table {
	return newTable(stack, stage, "CircuitTable", tableProps(stage, own, "circuit", contract.CircuitKey))
}

// newMetricsTable keeps the hourly counters of each series, and for a while what was counted.
func newMetricsTable(stack awscdk.Stack, stage Stage, own keys) awsdynamodb.Table {
	props := tableProps(stage, own, "metrics", contract.MetricsKey)
	props.SortKey = text(contract.MetricsSortKey)
	props.TimeToLiveAttribute = jsii.String(contract.AttrTTL)
	return newTable(stack, stage, "MetricsTable", props)
}

// newJobsTable keeps one item for each replay by filter.
func newJobsTable(stack awscdk.Stack, stage Stage, own keys) awsdynamodb.Table {
	props := tableProps(stage, own, "jobs", contract.JobKey)
	props.TimeToLiveAttribute = jsii.String(contract.AttrTTL)
	return newTable(stack, stage, "JobsTable", props)
}

func newTable(stack awscdk.Stack, stage Stage, id string, props *awsdynamodb.TableProps) awsdynamodb.Table {
	table := awsdynamodb.NewTable(stack, jsii.String(id), props)
	if !stage.KeepData {
		accept(table, finding{rule: "DDB3", reason: "This stage's data may be lost: it is for trying things out."})
	}
	return table
}

func tableProps(stage Stage, own keys, what, key string) *awsdynamodb.TableProps {
	props := &awsdynamodb.TableProps{
		TableName:          jsii.String(stage.name(what)),
		PartitionKey:       text(key),
		BillingMode:        awsdynamodb.BillingMode_PAY_PER_REQUEST,
		DeletionProtection: jsii.Bool(stage.KeepData),
		RemovalPolicy:      stage.keep(),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(stage.KeepData),
		},
	}
	if own.data != nil {
		props.Encryption = awsdynamodb.TableEncryption_CUSTOMER_MANAGED
		props.EncryptionKey = own.data
	}
	return props
}

func text(attribute string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: jsii.String(attribute), Type: awsdynamodb.AttributeType_STRING}
}
