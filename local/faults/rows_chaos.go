package faults

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/standin"
)

const (
	// breaks is how many random faults a row of chaos has, and mostCalls how many calls each of them takes at the most.
	breaks, mostCalls = 24, 5
	// fixedSeed and anotherSeed are the same in every run, so that what once failed is tried for ever.
	fixedSeed, anotherSeed = 1, 2
)

// chaosRows break many things at once, at random.
func chaosRows() []Row {
	rows := []Row{}
	for _, one := range []struct {
		name string
		seed func(w *World) uint64
	}{
		{"chaos-1", func(*World) uint64 { return fixedSeed }},
		{"chaos-2", func(*World) uint64 { return anotherSeed }},
		{"chaos-random", func(w *World) uint64 { return w.seed }},
	} {
		rows = append(rows, Row{
			Name: one.name, Says: "calls of all sorts are throttled, fail, are slow or cut, their callers are killed, and ntfy is ill",
			Messages: many, Ends: all(many, Completed), Crashes: breaks * mostCalls, Unrecorded: true, Stale: true,
			run: func(ctx context.Context, w *World, r *Row) error {
				return w.chaos(ctx, r.Messages, rand.New(rand.NewPCG(one.seed(w), 0)))
			},
		})
	}
	return rows
}

// chaos breaks something new before each part of the messages, and heals when all of them are sent.
func (w *World) chaos(ctx context.Context, n int, random *rand.Rand) error {
	for range breaks {
		w.faults.Break(w.randomFault(random))
		if err := w.stack.Standin.SetFault(w.randomIllness(random)); err != nil {
			return err
		}
		if _, err := w.send(ctx, n/breaks); err != nil {
			return err
		}
	}
	if _, err := w.send(ctx, n%breaks); err != nil {
		return err
	}
	w.heal()
	return nil
}

// randomFault may hit the program that sends, too: it is no Lambda, so it is not killed, only cut off.
func (w *World) randomFault(random *rand.Rand) proxy.Fault {
	op := pick(random, sortedOperations())
	return proxy.Fault{
		Match:  proxy.Match{Service: op.service, Operation: op.name},
		Effect: pick(random, proxy.Effects()), Skip: random.IntN(some), Count: 1 + random.IntN(mostCalls),
		Delay: w.settings().StepLambda / time.Duration(w.stack.TimeDivisor),
	}
}

// some calls may pass before a random fault begins.
const some = 20

// randomIllness is one after which every message can still be delivered.
func (w *World) randomIllness(random *rand.Rand) standin.Fault {
	return pick(random, []standin.Fault{
		{Kind: standin.Status, Status: http.StatusServiceUnavailable, Count: 1 + random.IntN(mostCalls)},
		{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42901, Count: 1 + random.IntN(mostCalls)},
		{Kind: standin.Delivered500, Count: 1 + random.IntN(mostCalls)},
		{Kind: standin.ResetAfter, Count: 1 + random.IntN(mostCalls)},
		{Kind: standin.Reset, Count: 1 + random.IntN(mostCalls)},
		{Kind: standin.Garbage, Count: 1 + random.IntN(mostCalls)},
		{Kind: standin.Latency, Delay: 2 * w.settings().HTTPTimeout, Count: 1 + random.IntN(mostCalls)},
	})
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }
