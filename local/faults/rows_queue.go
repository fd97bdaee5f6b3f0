package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
)

// queueRows disturb what travels between the parts.
func queueRows() []Row {
	return []Row{
		{
			Name: "duplicates", Says: "every queue item comes five times and out of order", Messages: many,
			Ends: all(many, Completed), run: duplicates,
		},
		{
			Name: "poison", Says: "items that are no tickets lie beside the good ones", Messages: many, Ends: all(many, Completed),
			run: poison,
		},
		{
			Name: "two-sweepers", Says: "no ticket was published, and four sweepers run at once", Messages: many,
			Ends: all(many, Completed), run: twoSweepers,
		},
		{
			Name: "gone", Says: "records go by their time to live while their tickets wait in the queue", Messages: many,
			Ends: map[End]int{Completed: many / 2, Gone: many / 2}, run: gone,
		},
		{
			Name: "schedule-twice", Says: "every schedule event is delivered twice at once, and once more an hour late",
			Messages: events, Ends: all(events, Completed), run: scheduledTwice,
		},
	}
}

const events = 40

func duplicates(ctx context.Context, w *World, r *Row) error {
	records, err := w.createMany(ctx, r.Messages)
	if err != nil {
		return err
	}
	const copies = 5
	bodies := []string{}
	for _, rec := range records {
		bodies = append(bodies, slices.Repeat([]string{ticket(rec)}, copies)...)
	}
	shuffle(bodies)
	return w.enqueue(ctx, bodies...)
}

func poison(ctx context.Context, w *World, r *Row) error {
	id := uuid.NewString()
	w.row.poison = []string{
		`{"message_id":`, `hello`, ` `, `[]`, `null`,
		fmt.Sprintf(`{"message_id":%q,"generation":"one","deferral":0}`, id),
		fmt.Sprintf(`{"message_id":%q,"generation":-1,"deferral":0}`, id),
		fmt.Sprintf(`{"version":2,"message_id":%q,"generation":1,"deferral":0}`, id),
		`{"Type":"Notification","TopicArn":"arn:aws:sns:us-east-1:000000000000:t","Message":"{}"}`,
		strings.Repeat("x", maxBatch),
	}
	records, err := w.createMany(ctx, r.Messages)
	if err != nil {
		return err
	}
	bodies := slices.Clone(w.row.poison)
	for _, rec := range records {
		bodies = append(bodies, ticket(rec))
	}
	shuffle(bodies)
	return w.enqueue(ctx, bodies...)
}

func twoSweepers(ctx context.Context, w *World, r *Row) error {
	if _, err := w.createMany(ctx, r.Messages); err != nil {
		return err
	}
	const sweepers = 4
	published := func(rec message.Record) bool { return rec.Swept > 0 || rec.Status.Final() }
	return w.until(ctx, w.patience(), "all are swept", func(ctx context.Context) (bool, string, error) {
		var together sync.WaitGroup
		for range sweepers {
			together.Go(func() { _ = w.stack.Invoke(ctx, contract.TaskSweeper, map[string]any{}, nil) }) // the next one follows
		}
		together.Wait()
		records, err := w.records(ctx)
		n := 0
		for _, rec := range records {
			if published(rec) {
				n++
			}
		}
		return n == len(w.row.sent), fmt.Sprintf("%d are", n), err
	})
}

// shuffle mixes bodies up, in the same way each time.
func shuffle(bodies []string) {
	random := rand.New(rand.NewPCG(fixedSeed, 0))
	random.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
}

// gone has an operator force the circuit open, so that messages wait in the queue, takes the records of half of them away,
// and closes the circuit.
func gone(ctx context.Context, w *World, r *Row) error {
	if err := w.openCircuit(ctx, circuit.CauseForced, 0); err != nil {
		return err
	}
	ids, err := w.send(ctx, r.Messages)
	if err == nil {
		err = w.each(ctx, w.patience(), "waits", func(rec message.Record) bool { return rec.Deferrals > 0 })
	}
	if err != nil {
		return err
	}
	for i, id := range ids {
		if i%2 == 0 {
			continue
		}
		w.row.deleted[id] = true
		if err := w.deleteRecord(ctx, id); err != nil {
			return err
		}
	}
	w.calm = time.Now()
	return w.forgetCircuit(ctx)
}

// openCircuit opens the breaker as failures would have, until its next probe is due.
func (w *World) openCircuit(ctx context.Context, cause circuit.Cause, probeIn time.Duration) error {
	now := time.Now()
	return w.circuits().SaveCircuit(ctx, contract.ChannelNtfy, circuit.Circuit{
		State: circuit.Open, Cause: cause, OpenedAt: now, RetryAt: now.Add(probeIn), Version: 1, WriteID: creator,
	})
}

func scheduledTwice(ctx context.Context, w *World, r *Row) error {
	first := time.Now().Truncate(time.Second).Add(-time.Hour)
	for i := range r.Messages {
		at := first.Add(-time.Duration(i) * time.Minute)
		var ids [2]string
		var errs [2]error
		var both sync.WaitGroup
		for n := range ids {
			both.Go(func() { ids[n], errs[n] = w.stack.Schedule(ctx, at) })
		}
		both.Wait()
		for n, err := range errs {
			if err != nil {
				return err
			}
			if ids[n] != ids[0] {
				return fmt.Errorf("one event made two messages: %v", ids)
			}
		}
		w.note(ids[0])
	}
	late, err := w.stack.Schedule(ctx, first)
	if err == nil && late != w.row.sent[0] {
		err = fmt.Errorf("a late event made another message: %s", late)
	}
	return err
}
