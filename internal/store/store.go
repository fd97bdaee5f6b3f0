// Package store keeps messages and circuits in DynamoDB. Every write is one conditional write, so that of many Lambdas
// that decide on the same record at once exactly one is heard, and a write whose answer was lost on the way and that
// the SDK repeats recognises itself.
//
// The package decides nothing: which transitions there are is package message's and package circuit's part. It has no
// cache and makes no tables; package memory keeps the same promises for tests.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/message"
)

// Client is what the stores call of DynamoDB; a *dynamodb.Client has it.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// attributes are an item, or a part of one, as DynamoDB speaks it.
type attributes = map[string]types.AttributeValue

// encodeTimes writes times in the table's layout and leaves zero times out.
func encodeTimes(o *attributevalue.EncoderOptions) {
	o.OmitEmptyTime = true
	o.EncodeTime = func(t time.Time) (types.AttributeValue, error) {
		return &types.AttributeValueMemberS{Value: message.Moment(t).Format(message.TimeLayout)}, nil
	}
}

// decodeTimes reads any RFC 3339 time, for a record may have been edited by hand.
func decodeTimes(o *attributevalue.DecoderOptions) {
	o.DecodeTime.S = func(text string) (time.Time, error) {
		t, err := time.Parse(time.RFC3339, text)
		return message.Moment(t), err
	}
}

// assign is the update that gives each of names the value that it has in next, and removes the names that have none
// there. It touches nothing else of the item.
func assign(names []string, next attributes) expression.UpdateBuilder {
	var update expression.UpdateBuilder
	for _, name := range names {
		if value, ok := next[name]; ok {
			update = update.Set(expression.Name(name), expression.Value(value))
		} else {
			update = update.Remove(expression.Name(name))
		}
	}
	return update
}

// update makes the request for a conditional update. When the condition fails, DynamoDB answers with the item as it is.
func update(table string, key attributes, set expression.UpdateBuilder, on expression.ConditionBuilder) (*dynamodb.UpdateItemInput, error) {
	expr, err := expression.NewBuilder().WithUpdate(set).WithCondition(on).Build()
	if err != nil {
		return nil, err
	}
	return &dynamodb.UpdateItemInput{
		TableName:                           &table,
		Key:                                 key,
		UpdateExpression:                    expr.Update(),
		ConditionExpression:                 expr.Condition(),
		ExpressionAttributeNames:            expr.Names(),
		ExpressionAttributeValues:           expr.Values(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}, nil
}

// refused reports whether err is a condition that failed, and gives the item that failed it: empty where there is none.
func refused(err error) (stored attributes, ok bool) {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return nil, false
	}
	return failed.Item, true
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
