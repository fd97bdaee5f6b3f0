package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/rezagent/rez_agent/local/steps"
)

// apiSample is what one kind of request did to one of the two APIs.
type apiSample struct {
	latencies []time.Duration
	// faults are the distinct failures, and failed how many requests did.
	faults []string
	failed int
	// lambdas and emulator are the CPU time that was used meanwhile.
	lambdas, emulator time.Duration
}

// apiResult is one kind of request, made to our API and to the empty one.
type apiResult struct {
	of      apiCase
	samples [2]apiSample
}

// measure puts one kind of load on both APIs, turn by turn.
func (b *apiBench) measure(ctx context.Context, one apiCase) error {
	result := apiResult{of: one}
	name := fmt.Sprintf("%s, %d/s for 2 × %d s", one.name, apiPace, b.options.Seconds)
	err := b.options.Printer.Do(name, func(report steps.Report) error { return b.turns(ctx, &result, report) })
	b.results = append(b.results, result)
	return err
}

func (b *apiBench) turns(ctx context.Context, result *apiResult, report steps.Report) error {
	targets := [2]vegeta.Targeter{result.of.target, b.emptied(result.of.target)}
	for _, target := range targets {
		b.attack(ctx, target, apiWarmUp)
	}
	each := time.Duration(b.options.Seconds) * time.Second / turnsPerLoad
	for round := range turnsPerLoad {
		for i, target := range targets {
			report(fmt.Sprintf("turn %d of %d", round+1, turnsPerLoad))
			result.samples[i].add(b.attack(ctx, target, each))
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("measure %s: %w", result.of.name, err)
	}
	report(brief(percentile(result.samples[0].latencies, 95)) + " and " + brief(percentile(result.samples[1].latencies, 95)) + " (p95)")
	return nil
}

// emptied sends the same requests to the empty API.
func (b *apiBench) emptied(ours vegeta.Targeter) vegeta.Targeter {
	return func(t *vegeta.Target) error {
		if err := ours(t); err != nil {
			return err
		}
		t.URL = b.empty + strings.TrimPrefix(t.URL, b.base)
		return nil
	}
}

// attack sends at an even pace, however slow the answers are, and measures each until its last byte.
func (b *apiBench) attack(ctx context.Context, target vegeta.Targeter, long time.Duration) apiSample {
	attacker := vegeta.NewAttacker(vegeta.Timeout(patience), vegeta.KeepAlive(true))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	var got apiSample
	used := &cpu{group: b.stack.Emulator.PID()}
	used.look()
	for result := range attacker.Attack(target, vegeta.Rate{Freq: apiPace, Per: time.Second}, long, "") {
		got.latencies = append(got.latencies, result.Latency)
		if fault := result.Error; fault != "" {
			got.failed++
			got.faults = append(got.faults, fault)
		}
	}
	used.look()
	for _, spent := range used.spent() {
		got.lambdas += spent
	}
	got.emulator = used.emulator()
	slices.Sort(got.latencies)
	return got
}

func (s *apiSample) add(other apiSample) {
	s.latencies = append(s.latencies, other.latencies...)
	slices.Sort(s.latencies)
	s.failed += other.failed
	s.lambdas += other.lambdas
	s.emulator += other.emulator
	s.faults = append(s.faults, other.faults...)
	slices.Sort(s.faults)
	s.faults = slices.Compact(s.faults)
}
