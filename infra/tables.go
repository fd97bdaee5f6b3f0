package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// tableSpec is what one table differs in from the others.
type tableSpec struct {
	id, what     string
	key, sortKey string
	// expires deletes items in their time, stream tells of every change, busy tables are worth a capacity of their own.
	expires, stream, busy bool
	indexes               []indexSpec
}

// indexSpec is one index of a table. It carries the keys and these attributes.
type indexSpec struct {
	name, key, sortKey string
	carries            []string
}

// messagesTable keeps one record for each message. Every write to an index is paid for, so the indexes carry as little as
// their readers can do with.
func messagesTable() tableSpec {
	return tableSpec{
		id: "MessagesTable", what: "messages", key: contract.MessageKey, expires: true, stream: true, busy: true,
		indexes: []indexSpec{
			// Lists read the records of their page, so a change of status writes nothing here.
			{name: contract.StageIndex, key: contract.AttrStage, sortKey: contract.AttrCreatedDate},
			// Sparse: completed messages are not in it. The sweeper reads here whether a record is overdue; the time of the next
			// attempt changes with the key, so it costs no write of its own; that of the next sweep costs one, and sweeps are rare.
			{
				name: contract.StatusIndex, key: contract.AttrPendingStatus, sortKey: contract.AttrCreatedDate,
				carries: []string{contract.AttrNextAttemptAt, contract.AttrNextSweepAt},
			},
		},
	}
}

// circuitTable keeps one item for each channel: its breaker and its rate limit.
func circuitTable() tableSpec {
	return tableSpec{id: "CircuitTable", what: "circuit", key: contract.CircuitKey, busy: true}
}

// metricsTable keeps the hourly counters of each series, and for a while what was counted.
func metricsTable() tableSpec {
	return tableSpec{
		id: "MetricsTable", what: "metrics", key: contract.MetricsKey, sortKey: contract.MetricsSortKey, expires: true, busy: true,
	}
}

// jobsTable keeps one item for each replay by filter. They are few.
func jobsTable() tableSpec {
	return tableSpec{id: "JobsTable", what: "jobs", key: contract.JobKey, expires: true}
}

// newTable makes a table, or in the second region finds the one that the first keeps alike there.
func newTable(stack awscdk.Stack, stage Stage, own keys, spec tableSpec) awsdynamodb.ITable {
	switch {
	case stage.standsBy():
		return replicaOf(stack, stage, spec)
	case stage.SecondRegion != "":
		return newGlobalTable(stack, stage, own, spec)
	}
	props := tableProps(stage, own, spec)
	if spec.busy {
		stage.bill(props)
	}
	table := awsdynamodb.NewTable(stack, jsii.String(spec.id), props)
	names := make([]string, 0, len(spec.indexes))
	for _, index := range spec.indexes {
		table.AddGlobalSecondaryIndex(index.props(props))
		names = append(names, index.name)
	}
	if spec.busy {
		stage.scale(table, names...)
	}
	if !stage.KeepData {
		accept(table, finding{rule: "DDB3", reason: "This stage's data may be lost: it is for trying things out."})
	}
	return table
}

func tableProps(stage Stage, own keys, spec tableSpec) *awsdynamodb.TableProps {
	props := &awsdynamodb.TableProps{
		TableName:          jsii.String(stage.name(spec.what)),
		PartitionKey:       text(spec.key),
		BillingMode:        awsdynamodb.BillingMode_PAY_PER_REQUEST,
		DeletionProtection: jsii.Bool(stage.KeepData),
		RemovalPolicy:      stage.keep(),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(stage.KeepData),
		},
	}
	if spec.sortKey != "" {
		props.SortKey = text(spec.sortKey)
	}
	if spec.expires {
		props.TimeToLiveAttribute = jsii.String(contract.AttrTTL)
	}
	if spec.stream {
		props.Stream = awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES
	}
	if own.data != nil {
		props.Encryption = awsdynamodb.TableEncryption_CUSTOMER_MANAGED
		props.EncryptionKey = own.data
	}
	return props
}

// props of an index, which is given as much as its table.
func (i indexSpec) props(of *awsdynamodb.TableProps) *awsdynamodb.GlobalSecondaryIndexProps {
	props := &awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:      jsii.String(i.name),
		PartitionKey:   text(i.key),
		SortKey:        text(i.sortKey),
		ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
		ReadCapacity:   of.ReadCapacity,
		WriteCapacity:  of.WriteCapacity,
	}
	if len(i.carries) > 0 {
		props.ProjectionType, props.NonKeyAttributes = awsdynamodb.ProjectionType_INCLUDE, jsii.Strings(i.carries...)
	}
	return props
}

func text(attribute string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: jsii.String(attribute), Type: awsdynamodb.AttributeType_STRING}
}
