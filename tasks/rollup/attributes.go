package main

import (
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// attributeValues is an item of a stream as the SDK has it: Lambda's library and the SDK have a type each for the same.
func attributeValues(from map[string]events.DynamoDBAttributeValue) map[string]types.AttributeValue {
	to := make(map[string]types.AttributeValue, len(from))
	for name, value := range from {
		to[name] = attributeValue(value)
	}
	return to
}

func attributeValue(from events.DynamoDBAttributeValue) types.AttributeValue {
	switch from.DataType() {
	case events.DataTypeString:
		return &types.AttributeValueMemberS{Value: from.String()}
	case events.DataTypeNumber:
		return &types.AttributeValueMemberN{Value: from.Number()}
	case events.DataTypeBoolean:
		return &types.AttributeValueMemberBOOL{Value: from.Boolean()}
	case events.DataTypeBinary:
		return &types.AttributeValueMemberB{Value: from.Binary()}
	case events.DataTypeStringSet:
		return &types.AttributeValueMemberSS{Value: from.StringSet()}
	case events.DataTypeNumberSet:
		return &types.AttributeValueMemberNS{Value: from.NumberSet()}
	case events.DataTypeBinarySet:
		return &types.AttributeValueMemberBS{Value: from.BinarySet()}
	case events.DataTypeMap:
		return &types.AttributeValueMemberM{Value: attributeValues(from.Map())}
	case events.DataTypeList:
		values := make([]types.AttributeValue, 0, len(from.List()))
		for _, value := range from.List() {
			values = append(values, attributeValue(value))
		}
		return &types.AttributeValueMemberL{Value: values}
	case events.DataTypeNull:
	}
	return &types.AttributeValueMemberNULL{Value: true}
}
