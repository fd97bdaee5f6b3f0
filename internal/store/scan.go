package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
)

// ScanClient is what Scanner calls of DynamoDB; a *dynamodb.Client has it.
type ScanClient interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Scanner reads a whole messages table. That costs half a read unit for each 4 kB, so it is for repairs alone.
type Scanner struct {
	client ScanClient
	table  string
}

var _ metrics.Records = (*Scanner)(nil)

// NewScanner gives a scanner of a messages table.
func NewScanner(client ScanClient, table string) *Scanner {
	return &Scanner{client: client, table: table}
}

// Scan implements metrics.Records. The cursor is the id of the last record of the page before.
func (s *Scanner) Scan(ctx context.Context, cursor string, limit int) (metrics.ScanPage, error) {
	in := &dynamodb.ScanInput{TableName: &s.table, Limit: aws.Int32(int32(max(1, min(limit, maxPage))))}
	if cursor != "" {
		in.ExclusiveStartKey = key(cursor)
	}
	out, err := s.client.Scan(ctx, in)
	if err != nil {
		return metrics.ScanPage{}, fmt.Errorf("scan the messages table: %w", err)
	}
	var page metrics.ScanPage
	for _, stored := range out.Items {
		rec, err := decode(stored)
		if err != nil {
			page.Unreadable++
			continue
		}
		page.Records = append(page.Records, rec)
	}
	if last, ok := out.LastEvaluatedKey[contract.MessageKey].(*types.AttributeValueMemberS); ok {
		page.Next = last.Value
	}
	return page, nil
}

// Image reads a record out of an item that was not read from the table, but came with its stream.
func Image(item map[string]types.AttributeValue) (message.Record, error) { return decode(item) }
