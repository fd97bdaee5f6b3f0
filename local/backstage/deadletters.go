package backstage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/local/stack"
)

// letter asks for a message that ended in the dead letters' queue. Without a reason it is one that nobody can read.
type letter struct {
	Reason  message.Reason  `json:"reason"`
	Detail  string          `json:"detail"`
	Age     int64           `json:"age_ms"`
	By      string          `json:"created_by"`
	Payload json.RawMessage `json:"payload"`
}

// buried is the message's id; empty where the letter names none.
type buried struct {
	ID string `json:"id"`
}

func bury(ctx context.Context, a *stack.Addresses, asked letter) (buried, error) {
	body, made := []byte(`{"message_id":`), buried{}
	if asked.Reason != "" {
		id, ticket, err := asked.record(ctx, a)
		if err != nil {
			return buried{}, err
		}
		if body, err = json.Marshal(ticket); err != nil {
			return buried{}, fmt.Errorf("write the ticket: %w", err)
		}
		made.ID = id
	}
	_, err := sqs.NewFromConfig(a.AWS()).SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(a.DLQURL), MessageBody: aws.String(string(body)),
	})
	if err != nil {
		return buried{}, fmt.Errorf("put a letter into the queue: %w", err)
	}
	return made, nil
}

func (l letter) record(ctx context.Context, a *stack.Addresses) (string, message.Ticket, error) {
	ids, err := makePast(ctx, a, past{
		Count: 1, Age: l.Age, Took: 1, By: l.By, Type: messagetype.Notification.Name, Payload: l.Payload,
		Status: message.StatusFailed, Reason: l.Reason, Detail: l.Detail,
	})
	if err != nil {
		return "", message.Ticket{}, err
	}
	rec, err := a.Messages().Load(ctx, ids[0])
	if err != nil {
		return "", message.Ticket{}, fmt.Errorf("read the letter's record: %w", err)
	}
	if l.Reason == message.ReasonExpired {
		return rec.ID, rec.ExpiredTicket(time.Now()), nil
	}
	return rec.ID, rec.Ticket(message.EventCreated, time.Now()), nil
}
