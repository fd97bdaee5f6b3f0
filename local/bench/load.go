package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// subject is one of the two chains.
type subject struct {
	name string
	// send hands a message over and returns when it is accepted.
	send func(ctx context.Context) (id string, err error)
	// shown says when the messages were shown; of the empty chain, when their executions ended.
	shown func(sent map[string]time.Time) map[string]time.Time
}

// sample is what one load did to one subject.
type sample struct {
	sent, shown, ended map[string]time.Time
	// took is the time from the first hand-over to the last message shown.
	took time.Duration
}

// patience is how long the last message may take after all were sent.
const patience = 3 * time.Minute

// poll is how often it is asked whether all has arrived.
const poll = 20 * time.Millisecond

// senders hand a burst over; more than these only queue in front of the emulator.
const senders = 16

// pace sends count messages at an even pace and waits until their executions have ended.
func (b *bench) pace(ctx context.Context, s subject, perSecond, count int) (sample, error) {
	ticks := time.NewTicker(time.Second / time.Duration(perSecond))
	defer ticks.Stop()
	return b.measure(ctx, s, count, count, func() { <-ticks.C })
}

// burst sends count messages as fast as they are taken.
func (b *bench) burst(ctx context.Context, s subject, count int) (sample, error) {
	return b.measure(ctx, s, count, senders, func() {})
}

func (b *bench) measure(ctx context.Context, s subject, count, atOnce int, wait func()) (sample, error) {
	began := time.Now()
	sent, err := sendAll(ctx, s, count, atOnce, wait)
	if err != nil {
		return sample{}, err
	}
	got := sample{sent: sent}
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		got.ended = b.watch.take(sent)
		if len(got.ended) >= count || time.Now().After(deadline) {
			break
		}
		select {
		case <-ctx.Done():
			return got, fmt.Errorf("measure %s: %w", s.name, ctx.Err())
		case <-tick.C:
		}
	}
	got.shown = s.shown(sent)
	for _, at := range got.shown {
		got.took = max(got.took, at.Sub(began))
	}
	b.cpu.look()
	return got, nil
}

// sendAll sends with so many at once, and gives each accepted message's time.
func sendAll(ctx context.Context, s subject, count, atOnce int, wait func()) (map[string]time.Time, error) {
	var mu sync.Mutex
	var failure error
	sent := map[string]time.Time{}
	free := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for range count {
		wait()
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			id, err := s.send(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failure = errors.Join(failure, err)
				return
			}
			sent[id] = time.Now()
		})
		if ctx.Err() != nil {
			break
		}
	}
	all.Wait()
	return sent, errors.Join(ctx.Err(), failure)
}

// latencies are sorted times from accepted to arrived.
func latencies(sent, arrived map[string]time.Time) []time.Duration {
	var all []time.Duration
	for id, at := range arrived {
		all = append(all, max(0, at.Sub(sent[id]))) // shown before the acceptance had travelled back
	}
	slices.Sort(all)
	return all
}

// percentile is the nearest rank of sorted times; 0 where there are none.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	const whole = 100
	rank := (len(sorted)*percent + whole - 1) / whole
	return sorted[max(1, rank)-1]
}

// add joins the samples of one load's slices.
func (s *sample) add(other sample) {
	if s.sent == nil {
		*s = sample{sent: map[string]time.Time{}, shown: map[string]time.Time{}, ended: map[string]time.Time{}}
	}
	maps.Copy(s.sent, other.sent)
	maps.Copy(s.shown, other.shown)
	maps.Copy(s.ended, other.ended)
	s.took += other.took
}

// lost are the messages that were accepted and never shown.
func (s *sample) lost() []string {
	var ids []string
	for id := range s.sent {
		if _, arrived := s.shown[id]; !arrived {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
