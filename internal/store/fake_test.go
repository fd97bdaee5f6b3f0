package store_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rezagent/rez_agent/internal/store"
)

// fake is a client that notes writes and answers batches and queries as it is told. Anything else it cannot do.
type fake struct {
	store.Client

	put    map[string]types.AttributeValue
	update *dynamodb.UpdateItemInput
	batch  func(*dynamodb.BatchGetItemInput) *dynamodb.BatchGetItemOutput
	query  func(*dynamodb.QueryInput) *dynamodb.QueryOutput
	got    map[string]types.AttributeValue
}

func (f *fake) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	f.put = in.Item
	return &dynamodb.PutItemOutput{}, nil
}

func (f *fake) UpdateItem(
	_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	f.update = in
	return &dynamodb.UpdateItemOutput{}, nil
}

func (f *fake) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return &dynamodb.GetItemOutput{Item: f.got}, nil
}

func (f *fake) BatchGetItem(
	_ context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.BatchGetItemOutput, error) {
	return f.batch(in), nil
}

func (f *fake) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return f.query(in), nil
}
