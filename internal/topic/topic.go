// Package topic is the SNS topic on which tickets are published, with the attributes by which each channel's queue
// filters.
package topic

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// Topic is one SNS topic.
type Topic struct {
	Client *sns.Client
	ARN    string
}

// Publish publishes a record's ticket.
func (t *Topic) Publish(ctx context.Context, rec message.Record, ticket message.Ticket) error {
	body, err := json.Marshal(ticket)
	if err != nil {
		return fmt.Errorf("write the ticket: %w", err)
	}
	_, err = t.Client.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(t.ARN), Message: aws.String(string(body)),
		MessageAttributes: map[string]types.MessageAttributeValue{
			contract.AttributeStage:       text(rec.Stage),
			contract.AttributeMessageType: text(rec.Type),
			contract.AttributeChannel:     text(rec.Channel),
		},
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", t.ARN, err)
	}
	return nil
}

func text(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
}
