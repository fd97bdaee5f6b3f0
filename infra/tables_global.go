package infra

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// newGlobalTable makes a table that DynamoDB keeps alike in both regions, a second or so apart. To CloudFormation it is
// another kind of resource: a stage that has tables goes over to it by an import (docs/multi-region.md), never by a
// deployment, which would want to make the table anew.
func newGlobalTable(stack awscdk.Stack, stage Stage, own keys, spec tableSpec) awsdynamodb.ITable {
	props := &awsdynamodb.CfnGlobalTableProps{
		TableName:            jsii.String(stage.name(spec.what)),
		BillingMode:          jsii.String("PAY_PER_REQUEST"),
		KeySchema:            keySchema(spec.key, spec.sortKey),
		AttributeDefinitions: spec.attributes(),
		// What goes from region to region goes by the stream.
		StreamSpecification: &awsdynamodb.CfnGlobalTable_StreamSpecificationProperty{StreamViewType: jsii.String("NEW_AND_OLD_IMAGES")},
		Replicas:            []any{replica(stage, stack.Region(), nil), replica(stage, jsii.String(stage.SecondRegion), nil)},
	}
	if len(spec.indexes) > 0 {
		props.GlobalSecondaryIndexes = spec.globalIndexes()
	}
	if spec.expires {
		props.TimeToLiveSpecification = &awsdynamodb.CfnGlobalTable_TimeToLiveSpecificationProperty{
			AttributeName: jsii.String(contract.AttrTTL), Enabled: jsii.Bool(true),
		}
	}
	if own.data != nil {
		props.SseSpecification = &awsdynamodb.CfnGlobalTable_SSESpecificationProperty{SseEnabled: jsii.Bool(true), SseType: jsii.String("KMS")}
		props.Replicas = []any{
			replica(stage, stack.Region(), own.data.KeyArn()),
			replica(stage, jsii.String(stage.SecondRegion), stage.dataKeyOfSecondRegion(stack)),
		}
	}
	table := awsdynamodb.NewCfnGlobalTable(stack, jsii.String(spec.id), props)
	table.ApplyRemovalPolicy(stage.keep(), nil)
	return awsdynamodb.Table_FromTableAttributes(stack, jsii.String(spec.id+"AsItIs"), &awsdynamodb.TableAttributes{
		TableArn: table.AttrArn(), TableStreamArn: table.AttrStreamArn(),
	})
}

// replicaOf is the table as it is in the second region. It has a stream there too, that nobody reads: what is counted is
// counted in the first region.
func replicaOf(stack awscdk.Stack, stage Stage, spec tableSpec) awsdynamodb.ITable {
	return awsdynamodb.Table_FromTableName(stack, jsii.String(spec.id), jsii.String(stage.name(spec.what)))
}

// dataKeyOfSecondRegion is known by its alias: nothing refers from region to region. The key is there first.
func (s Stage) dataKeyOfSecondRegion(stack awscdk.Stack) *string {
	return stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("kms"), Region: jsii.String(s.SecondRegion), Resource: jsii.String("alias"), ResourceName: jsii.String(s.name(dataKey)),
	})
}

func replica(stage Stage, region, key *string) *awsdynamodb.CfnGlobalTable_ReplicaSpecificationProperty {
	r := &awsdynamodb.CfnGlobalTable_ReplicaSpecificationProperty{
		Region:                    region,
		DeletionProtectionEnabled: jsii.Bool(stage.KeepData),
		PointInTimeRecoverySpecification: &awsdynamodb.CfnGlobalTable_PointInTimeRecoverySpecificationProperty{
			PointInTimeRecoveryEnabled: jsii.Bool(stage.KeepData),
		},
	}
	if key != nil {
		r.SseSpecification = &awsdynamodb.CfnGlobalTable_ReplicaSSESpecificationProperty{KmsMasterKeyId: key}
	}
	return r
}

func keySchema(key, sortKey string) []any {
	schema := []any{&awsdynamodb.CfnGlobalTable_KeySchemaProperty{AttributeName: jsii.String(key), KeyType: jsii.String("HASH")}}
	if sortKey != "" {
		schema = append(schema, &awsdynamodb.CfnGlobalTable_KeySchemaProperty{AttributeName: jsii.String(sortKey), KeyType: jsii.String("RANGE")})
	}
	return schema
}

// attributes are those of all keys, each once.
func (t tableSpec) attributes() []any {
	names := []string{t.key, t.sortKey}
	for _, index := range t.indexes {
		names = append(names, index.key, index.sortKey)
	}
	slices.Sort(names)
	var all []any
	for _, name := range slices.Compact(names) {
		if name != "" {
			all = append(all, &awsdynamodb.CfnGlobalTable_AttributeDefinitionProperty{
				AttributeName: jsii.String(name), AttributeType: jsii.String("S"),
			})
		}
	}
	return all
}

func (t tableSpec) globalIndexes() []any {
	var all []any
	for _, index := range t.indexes {
		projection := &awsdynamodb.CfnGlobalTable_ProjectionProperty{ProjectionType: jsii.String("KEYS_ONLY")}
		if len(index.carries) > 0 {
			projection = &awsdynamodb.CfnGlobalTable_ProjectionProperty{
				ProjectionType: jsii.String("INCLUDE"), NonKeyAttributes: jsii.Strings(index.carries...),
			}
		}
		all = append(all, &awsdynamodb.CfnGlobalTable_GlobalSecondaryIndexProperty{
			IndexName: jsii.String(index.name), KeySchema: keySchema(index.key, index.sortKey), Projection: projection,
		})
	}
	return all
}
