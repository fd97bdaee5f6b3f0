package infra

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// Capacity is what each busy table, and each of its indexes, is given for itself. AWS moves it within its bounds so that
// about UsedPercent of it is used: cheaper than on demand where the load is even, and slower to follow a burst.
type Capacity struct {
	// Reads and Writes are DynamoDB's capacity units.
	Reads, Writes Units
	// UsedPercent is what share of the units should be in use.
	UsedPercent int
}

// Units are the bounds of what a table is given, in capacity units: one is a read of 4 KB or a write of 1 KB each second.
type Units struct{ Min, Max int }

// leastUsed and mostUsed, in percent, are what AWS takes as a target.
const leastUsed, mostUsed = 20, 90

func (c Capacity) check() error {
	for what, units := range map[string]Units{"Reads": c.Reads, "Writes": c.Writes} {
		if units.Min < 1 || units.Max < units.Min {
			return fmt.Errorf("capacity of %s is %d to %d units: it must begin at 1 or more, and not end before it begins", what, units.Min, units.Max)
		}
	}
	if c.UsedPercent < leastUsed || c.UsedPercent > mostUsed {
		return fmt.Errorf("capacity is to be used by %d %%: AWS takes %d to %d", c.UsedPercent, leastUsed, mostUsed)
	}
	return nil
}

// bill says how a table is paid for: by what it is given where the stage has a capacity, else by request.
func (s Stage) bill(props *awsdynamodb.TableProps) {
	if s.Capacity == nil {
		return
	}
	props.BillingMode = awsdynamodb.BillingMode_PROVISIONED
	props.ReadCapacity, props.WriteCapacity = jsii.Number(s.Capacity.Reads.Min), jsii.Number(s.Capacity.Writes.Min)
}

// scale lets AWS move the capacity of a table and of its indexes.
func (s Stage) scale(table awsdynamodb.Table, indexes ...string) {
	if s.Capacity == nil {
		return
	}
	reads, writes := s.Capacity.Reads.scaling(), s.Capacity.Writes.scaling()
	s.use(table.AutoScaleReadCapacity(reads))
	s.use(table.AutoScaleWriteCapacity(writes))
	for _, index := range indexes {
		s.use(table.AutoScaleGlobalSecondaryIndexReadCapacity(jsii.String(index), reads))
		s.use(table.AutoScaleGlobalSecondaryIndexWriteCapacity(jsii.String(index), writes))
	}
}

func (u Units) scaling() *awsdynamodb.EnableScalingProps {
	return &awsdynamodb.EnableScalingProps{MinCapacity: jsii.Number(u.Min), MaxCapacity: jsii.Number(u.Max)}
}

func (s Stage) use(scalable awsdynamodb.IScalableTableAttribute) {
	scalable.ScaleOnUtilization(&awsdynamodb.UtilizationScalingProps{TargetUtilizationPercent: jsii.Number(s.Capacity.UsedPercent)})
}
