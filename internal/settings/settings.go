// Package settings is the one place for every time and limit of the pipeline, each with its unit, and the inequalities
// between them. The CDK app builds timeouts and retries from it, the Lambdas decide by it, tests divide it.
package settings

import (
	"errors"
	"fmt"
	"time"
)

// Settings are all times and limits of the pipeline. Durations are durations; counts are plain numbers.
type Settings struct {
	// HTTPTimeout bounds one request to ntfy, from dialling to the last byte of the answer.
	HTTPTimeout time.Duration
	// SendLambda and SendTask are the timeouts of the sendntfy Lambda and of its state.
	SendLambda, SendTask time.Duration
	// StepLambda and StepTask are the timeouts of every other workflow Lambda and of its state.
	StepLambda, StepTask time.Duration
	// SendRetries are the waits before the workflow sends again after NtfyUnavailable. ASL knows whole seconds only.
	SendRetries []time.Duration
	// RetryWindow: no send starts later than this after its execution did.
	RetryWindow time.Duration
	// CompleteAgain is the wait before the workflow calls MarkCompleted once more, whatever it failed at: the message is
	// shown already, and a second execution would show it again. ASL knows whole seconds only.
	CompleteAgain time.Duration
	// Workflow is the timeout of one execution.
	Workflow time.Duration
	// Processor, Scheduler and Sweeper are the timeouts of those Lambdas.
	Processor, Scheduler, Sweeper time.Duration

	// Lease is how long an execution owns its message.
	Lease time.Duration
	// Visibility hides a queue item from other receivers; AWS asks for 6 × the function's timeout.
	Visibility time.Duration
	// QueueRetention keeps unread queue items, in the main queue and in the DLQ.
	QueueRetention time.Duration
	// MaxDelay is the longest DelaySeconds that SQS takes; longer waits hop.
	MaxDelay time.Duration
	// MaxReceives of one queue item, then the DLQ has it.
	MaxReceives int
	// BatchSize is how many queue items one processor invocation gets.
	BatchSize int

	// Backoff and MaxBackoff bound the deferral after NtfyUnavailable: doubling from the first to the last.
	Backoff, MaxBackoff time.Duration
	// Deadline: a message that waits longer than this expires.
	Deadline time.Duration
	// RecordTTL is how long the record is kept.
	RecordTTL time.Duration
	// TokenCache is how long a read ntfy token is used before it is read again.
	TokenCache time.Duration
	// TokenRead bounds one read of it from SSM. SendNtfy may read it before its request, and once more after a refusal.
	TokenRead time.Duration

	Breaker Breaker
	Limits  Limits
	Sweep   Sweep
	Jobs    Jobs
}

// Breaker are the circuit breaker's thresholds.
type Breaker struct {
	// Threshold failures within Window open the circuit.
	Threshold int
	Window    time.Duration
	// Cooldown is the first wait before a probe; it doubles to MaxCooldown while probes fail.
	Cooldown, MaxCooldown time.Duration
	// OperatorCooldown is the wait between probes when only an operator can mend the cause (token, address).
	OperatorCooldown time.Duration
	// ProbeLease is how long the winner of the probe may take; after that it counts as failed.
	ProbeLease time.Duration
}

// Limits are the rate-limit slots.
type Limits struct {
	// Spacing between slots; it doubles to MaxSpacing while slots are refused. 5 s is the public ntfy's refill.
	Spacing, MaxSpacing time.Duration
	// MaxRetryAfter bounds what a Retry-After header can ask for.
	MaxRetryAfter time.Duration
	// CanaryEvery is how often one message tries while the daily quota is used up.
	CanaryEvery time.Duration
}

// Sweep is how the sweeper finds records that were left behind.
type Sweep struct {
	// After is how long a record may be overdue before it is swept.
	After time.Duration
	// First and Max bound the wait until the same record is swept again; it doubles.
	First, Max time.Duration
	// Batch is the most records swept in one run.
	Batch int
}

// Jobs are the replays by filter.
type Jobs struct {
	// Lease is how long a worker owns a job from its last write on. A page takes 2 s. It is shorter than the minute after
	// which Lambda repeats a call that failed, so that the repetition finds the job free.
	Lease time.Duration
	// Stalled is how long a running job may make no progress before a look at it calls a worker.
	Stalled time.Duration
}

// Default are the settings of every stage on AWS.
func Default() Settings {
	return Settings{
		HTTPTimeout:    5 * time.Second,
		SendLambda:     8 * time.Second,
		SendTask:       9 * time.Second,
		StepLambda:     3 * time.Second,
		StepTask:       4 * time.Second,
		SendRetries:    []time.Duration{time.Second, 2 * time.Second, 4 * time.Second},
		RetryWindow:    27 * time.Second,
		CompleteAgain:  time.Second,
		Workflow:       45 * time.Second,
		Processor:      50 * time.Second,
		Scheduler:      30 * time.Second,
		Sweeper:        30 * time.Second,
		Lease:          time.Minute,
		Visibility:     5 * time.Minute,
		QueueRetention: 14 * 24 * time.Hour,
		MaxDelay:       15 * time.Minute,
		MaxReceives:    3,
		BatchSize:      10,
		Backoff:        30 * time.Second,
		MaxBackoff:     15 * time.Minute,
		Deadline:       24 * time.Hour,
		RecordTTL:      90 * 24 * time.Hour,
		TokenCache:     5 * time.Minute,
		TokenRead:      1250 * time.Millisecond,
		Breaker: Breaker{
			Threshold: 5, Window: time.Minute, Cooldown: 30 * time.Second, MaxCooldown: 5 * time.Minute,
			OperatorCooldown: 5 * time.Minute, ProbeLease: 15 * time.Second,
		},
		Limits: Limits{
			Spacing: 5 * time.Second, MaxSpacing: 5 * time.Minute, MaxRetryAfter: 5 * time.Minute,
			CanaryEvery: time.Hour,
		},
		Sweep: Sweep{After: time.Minute, First: 5 * time.Minute, Max: 6 * time.Hour, Batch: 100},
		Jobs:  Jobs{Lease: 45 * time.Second, Stalled: time.Minute},
	}
}

// Divided gives the same settings with every wait divided by f, so that a test sees hours in seconds. The timeouts of
// Lambdas and states, the ASL's retry waits and what SQS fixes stay as they are: AWS knows them in whole seconds only.
// What a machine needs to do its work in does not shrink with them, so Visibility, Lease and ProbeLease are never shorter
// than LeastVisibility, LeastLease and LeastProbeLease.
// Divided settings are for tests on the local stack; an f below 2 changes nothing.
func (s Settings) Divided(f int) Settings {
	if f < 2 {
		return s
	}
	for _, d := range []*time.Duration{
		&s.HTTPTimeout, &s.Visibility, &s.Backoff, &s.MaxBackoff, &s.Deadline, &s.TokenCache,
		&s.Breaker.Window, &s.Breaker.Cooldown, &s.Breaker.MaxCooldown, &s.Breaker.OperatorCooldown,
		&s.Breaker.ProbeLease,
		&s.Limits.Spacing, &s.Limits.MaxSpacing, &s.Limits.MaxRetryAfter, &s.Limits.CanaryEvery,
		&s.Lease, &s.Sweep.After, &s.Sweep.First, &s.Sweep.Max, &s.Jobs.Lease, &s.Jobs.Stalled,
	} {
		*d /= time.Duration(f)
	}
	s.Visibility = max(s.Visibility, LeastVisibility)
	s.Lease = max(s.Lease, LeastLease)
	s.Breaker.ProbeLease = max(s.Breaker.ProbeLease, LeastProbeLease)
	return s
}

// StreamWindow is how long changes of records are gathered on AWS before they are counted: each batch pays for its counters
// once. A hundred changes do not wait for it. Nobody waits for a counter, and so nobody divides it.
const StreamWindow = 5 * time.Second

// These bound what Divided does. On AWS a lease is longer than what it covers, since a timeout ends that sooner; the
// timeouts are not divided, so that here only the machine's speed ends it.
const (
	// LeastVisibility: a batch on an overloaded machine takes as long as it takes, and an item that came back meanwhile
	// would use up its receives; a test that waits for the DLQ waits three times as long as this.
	LeastVisibility = 15 * time.Second
	// LeastLease: an execution that outlives its lease is overtaken by another one, and its message is sent twice.
	LeastLease = 5 * time.Second
	// LeastProbeLease: a SendNtfy that starts too late for its request hands its probe back. Where the start of a Lambda
	// takes longer than the lease they all do, the circuit never closes, and nothing that waits is ever delivered.
	LeastProbeLease = 3 * time.Second
)

// SendBudget is the longest that SendNtfy's retries can take before the last one may start.
func (s Settings) SendBudget() time.Duration {
	total := time.Duration(0)
	for _, wait := range s.SendRetries {
		total += s.TokenRead + s.HTTPTimeout + wait
	}
	return total
}

// Check reports every inequality between the settings that does not hold, all at once. It is meant for undivided
// settings.
func (s Settings) Check() error {
	rules := []struct {
		holds bool
		says  string
	}{
		{s.HTTPTimeout > 0 && s.HTTPTimeout < s.SendLambda, "0 < HTTPTimeout < SendLambda"},
		{2*s.TokenRead+s.HTTPTimeout < s.SendLambda, "2 x TokenRead + HTTPTimeout < SendLambda"},
		{s.TokenRead > 0, "TokenRead > 0"},
		{s.SendLambda < s.SendTask, "SendLambda < SendTask"},
		{s.StepLambda < s.StepTask, "StepLambda < StepTask"},
		{s.SendBudget() <= s.RetryWindow, "the sends and their waits <= RetryWindow"},
		{
			s.RetryWindow+s.SendTask+2*s.StepTask+s.CompleteAgain <= s.Workflow,
			"RetryWindow + SendTask + 2 x StepTask + CompleteAgain <= Workflow",
		},
		{s.Workflow < s.Processor, "Workflow < Processor"},
		{s.Workflow < s.Lease, "Workflow < Lease"},
		{s.Lease < s.Visibility, "Lease < Visibility"},
		{s.Visibility >= 6*s.Processor, "Visibility >= 6 x Processor"},
		{s.Visibility <= 12*time.Hour, "Visibility <= 12 h (SQS)"},
		{s.MaxDelay <= 15*time.Minute, "MaxDelay <= 15 min (SQS)"},
		{s.HTTPTimeout < s.Breaker.ProbeLease, "HTTPTimeout < ProbeLease"},
		{s.SendTask < s.Breaker.ProbeLease, "SendTask < ProbeLease"},
		{s.Breaker.Cooldown > 0 && s.Breaker.Cooldown <= s.Breaker.MaxCooldown, "0 < Cooldown <= MaxCooldown"},
		{s.Breaker.OperatorCooldown > 0, "OperatorCooldown > 0"},
		{s.Breaker.Window > 0, "Window > 0"},
		{s.Backoff > 0 && s.Backoff <= s.MaxBackoff, "0 < Backoff <= MaxBackoff"},
		{s.MaxBackoff < s.Deadline, "MaxBackoff < Deadline"},
		{s.Deadline < s.QueueRetention, "Deadline < QueueRetention"},
		{s.Deadline < s.RecordTTL, "Deadline < RecordTTL"},
		{s.Limits.Spacing > 0 && s.Limits.Spacing <= s.Limits.MaxSpacing, "0 < Spacing <= MaxSpacing"},
		{s.Limits.MaxRetryAfter > 0, "MaxRetryAfter > 0"},
		{s.Limits.CanaryEvery > 0, "CanaryEvery > 0"},
		{s.Sweep.After > 0, "Sweep.After > 0"},
		{s.Sweep.First > 0 && s.Sweep.First <= s.Sweep.Max, "0 < Sweep.First <= Sweep.Max"},
		{s.Sweep.Batch > 0, "Sweep.Batch > 0"},
		{s.Jobs.Lease > 0 && s.Jobs.Lease < s.Jobs.Stalled, "0 < Jobs.Lease < Jobs.Stalled"},
		{s.Breaker.Threshold > 0, "Threshold > 0"},
		{s.MaxReceives > 0, "MaxReceives > 0"},
		{s.BatchSize > 0 && s.BatchSize <= 10, "0 < BatchSize <= 10"},
	}
	var broken []error
	for _, rule := range rules {
		if !rule.holds {
			broken = append(broken, fmt.Errorf("settings: %s does not hold", rule.says))
		}
	}
	return errors.Join(broken...)
}
