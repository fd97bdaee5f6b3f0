package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
)

// Circuits keeps the breaker and the rate limit of each channel, in one item of a DynamoDB table so that healthy
// traffic reads both at once. The two have attributes of their own, and a write of one leaves the other's alone. Times
// and the spacing are kept to the millisecond, rounded down. Safe for concurrent use.
type Circuits struct {
	client Client
	table  string
}

var _ circuit.Store = (*Circuits)(nil)

// NewCircuits gives the circuits of a table.
func NewCircuits(client Client, table string) *Circuits {
	return &Circuits{client: client, table: table}
}

// LoadCircuit implements circuit.Store.
func (c *Circuits) LoadCircuit(ctx context.Context, channel string) (circuit.Item, error) {
	out, err := c.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &c.table, Key: channelKey(channel), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return circuit.Item{}, fmt.Errorf("load circuit %s: %w", channel, err)
	}
	var r struct {
		breakerRow
		limitRow
	}
	if err := attributevalue.UnmarshalMapWithOptions(out.Item, &r, decodeTimes); err != nil {
		return circuit.Item{}, fmt.Errorf("read the item of circuit %s: %w", channel, err)
	}
	return circuit.Item{Circuit: r.circuit(), Limit: r.limit()}, nil
}

func channelKey(channel string) attributes { return attributes{contract.CircuitKey: text(channel)} }
