package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

const (
	// batchSize is the most keys that one BatchGetItem takes.
	batchSize = 100
	// A throttled table answers a part of a batch and leaves the rest for later: 8 tries wait 1.3 to 2.6 s in all.
	batchTries     = 8
	firstBatchWait = 25 * time.Millisecond
	mostBatchWait  = time.Second
)

// LoadMany reads the records with these ids as they are now, in the order of ids and each once; those that are not there
// are left out. So is one that cannot be read, and the log names it: a single broken item must stop neither a list nor
// the sweeper.
func (m *Messages) LoadMany(ctx context.Context, ids []string) ([]message.Record, error) {
	found := make(map[string]message.Record, len(ids))
	// DynamoDB refuses a batch that names a key twice.
	wanted := slices.Compact(slices.Sorted(slices.Values(ids)))
	for chunk := range slices.Chunk(wanted, batchSize) {
		if err := m.loadBatch(ctx, chunk, found); err != nil {
			return nil, fmt.Errorf("load %d messages: %w", len(wanted), err)
		}
	}
	records := make([]message.Record, 0, len(found))
	for _, id := range ids {
		if rec, ok := found[id]; ok {
			records = append(records, rec)
			delete(found, id)
		}
	}
	return records, nil
}

// loadBatch reads one batch into found, asking again for what DynamoDB leaves unprocessed.
func (m *Messages) loadBatch(ctx context.Context, ids []string, found map[string]message.Record) error {
	keys := make([]attributes, 0, len(ids))
	for _, id := range ids {
		keys = append(keys, key(id))
	}
	pending := map[string]types.KeysAndAttributes{m.table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
	for try := range batchTries {
		out, err := m.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: pending})
		if err != nil {
			return err
		}
		for _, stored := range out.Responses[m.table] {
			if rec, ok := decodeOrSkip(ctx, stored); ok {
				found[rec.ID] = rec
			}
		}
		pending = out.UnprocessedKeys
		if len(pending) == 0 {
			return nil
		}
		if err := pause(ctx, message.Doubled(firstBatchWait, mostBatchWait, try)); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d of a batch are still unread after %d tries: the table is throttled", len(pending[m.table].Keys), batchTries)
}

// decodeOrSkip reads an item, or says in the log why it cannot.
func decodeOrSkip(ctx context.Context, stored attributes) (message.Record, bool) {
	rec, err := decode(stored)
	if err != nil {
		telemetry.Log(ctx).Error("a record cannot be read; it is passed over",
			zap.String("message_id", idOf(stored)), zap.Error(err))
	}
	return rec, err == nil
}

// pause waits between a half and the whole of most, so that many who were throttled together do not return together.
func pause(ctx context.Context, most time.Duration) error {
	timer := time.NewTimer(most/2 + rand.N(most/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
