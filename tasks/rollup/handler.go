package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store"
)

// batch is a DynamoDB event whose records are still unread: one that cannot be read must not take the others with it.
type batch struct {
	Records []json.RawMessage
}

// handler turns a batch of stream records into changes of records.
func handler(rollup *metrics.Rollup) func(context.Context, batch) (metrics.Rolled, error) {
	return func(ctx context.Context, in batch) (metrics.Rolled, error) {
		changes := make([]metrics.Change, 0, len(in.Records))
		for _, raw := range in.Records {
			changes = append(changes, change(raw))
		}
		return rollup.Run(ctx, changes)
	}
}

// change reads one stream record. Of a removal, whoever made it, nothing needs to be known.
func change(raw json.RawMessage) metrics.Change {
	var record events.DynamoDBEventRecord
	if json.Unmarshal(raw, &record) != nil { // its error may quote the message's text
		return metrics.Change{Unreadable: errors.New("not a stream record")}
	}
	c := metrics.Change{ID: record.EventID}
	switch images := record.Change; {
	case events.DynamoDBOperationType(record.EventName) == events.DynamoDBOperationTypeRemove:
	case len(images.NewImage) == 0:
		c.Unreadable = fmt.Errorf("%.20q without a new image", record.EventName)
	default:
		var faults [2]error
		c.Old, faults[0] = image("old", images.OldImage)
		c.New, faults[1] = image("new", images.NewImage)
		c.Unreadable = errors.Join(faults[:]...)
	}
	return c
}

// image reads the record out of one of the change's images; nil where there is none.
func image(which string, attributes map[string]events.DynamoDBAttributeValue) (*message.Record, error) {
	if len(attributes) == 0 {
		return nil, nil //nolint:nilnil // no image is no record
	}
	rec, err := store.Image(attributeValues(attributes))
	if err != nil {
		return nil, fmt.Errorf("%s image: %w", which, err)
	}
	return &rec, nil
}
