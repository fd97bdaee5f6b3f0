package mutation

// ofCircuit asks the random schedules only where no other test notices, since they take the longest. Those on a real table
// are left out: the same ones run in memory.
func ofCircuit() []Tests {
	const schedules = "TestSchedules|TestManySchedules|Linearizable"
	return []Tests{
		{Package: "./internal/circuit", Skip: schedules + "|OnDynamoDB"},
		{Package: "./internal/circuit", Run: schedules},
	}
}

func circuits() []Mutant {
	transitions := in("circuit", "internal/circuit/circuit.go", ofCircuit(),
		broken("a-probe-that-ended-is-granted-again", "c.ProbeOwner == owner && now.Before(c.ProbeUntil) {\n		return c, Permission", "c.ProbeOwner == owner {\n		return c, Permission"),
		broken("a-forced-circuit-half-opens", "settled.Cause == CauseForced || now.Before(settled.RetryAt)", "now.Before(settled.RetryAt)"),
		broken("no-cool-down", "settled.Cause == CauseForced || now.Before(settled.RetryAt)", "settled.Cause == CauseForced"),
		broken("a-probe-for-everybody", "	case HalfOpen:\n		return c, settled.wait(now, th)\n", "	case HalfOpen:\n		return c, Permission{Granted: true}\n"),
		broken("a-peek-wins-a-probe", "p.Probe() && !next.ProbeUntil.Equal(c.ProbeUntil)", "p.Probe() && next.ProbeUntil.Equal(c.ProbeUntil)"),
		broken("a-dead-probe-is-no-failure", "return c.trip(c.Cause, c.ProbeUntil, 1, th)", "return c.trip(c.Cause, c.ProbeUntil, 0, th)"),
		broken("a-dead-probe-waits-from-now", "return c.trip(c.Cause, c.ProbeUntil, 1, th)", "return c.trip(c.Cause, now, 1, th)"),
		broken("six-failures-open-it", "len(next.Failures) < th.Threshold", "len(next.Failures) <= th.Threshold"),
		broken("the-window-is-a-moment-longer", "newest.Sub(old.At) >= th.Window", "newest.Sub(old.At) > th.Window"),
		broken("a-bad-token-needs-five-failures", "if cause == CauseUnavailable && len(", "if len("),
		broken("a-strangers-failure-ends-the-probe", "	case HalfOpen:\n		if c.ProbeOwner != owner {\n", "	case HalfOpen:\n		if false {\n"),
		broken("a-repeated-report-counts-twice", "return f.ID == id })", "return false })"),
		broken("the-cool-down-does-not-double", "return message.Doubled(th.Cooldown, th.MaxCooldown, c.Trips)", "return message.Doubled(th.Cooldown, th.MaxCooldown, 0)"),
		broken("an-operators-cause-cools-down-soon", "	case CauseUnauthorized, CauseMisconfigured, CauseForced:\n", "	case CauseForced:\n"),
		broken("a-strangers-answer-closes-it", "Answered(owner string) Circuit {\n	if c.State != HalfOpen || c.ProbeOwner != owner {", "Answered(owner string) Circuit {\n	if c.State != HalfOpen {"),
		broken("a-handed-back-probe-waits", "c.State, c.RetryAt = Open, now", "c.State = Open"),
		broken("a-stranger-hands-the-probe-back", "now time.Time) Circuit {\n	if c.State != HalfOpen || c.ProbeOwner != owner {", "now time.Time) Circuit {\n	if c.State != HalfOpen {"),
		broken("when-it-opened-is-not-written", "	next.OpenedAt = now\n", ""),
		broken("when-it-was-forced-is-not-written", "Cause: CauseForced, OpenedAt: now, ", "Cause: CauseForced, "),
		broken("jitter-of-a-whole-cool-down", "const share = 0.1", "const share = 1.0"),
		broken("failures-without-end", "return kept[max(0, len(kept)-th.Threshold):]", "return kept"),
		broken("a-late-failure-is-the-newest", "	slices.SortStableFunc(kept, func(a, b Failure) int { return a.At.Compare(b.At) })\n", ""),
	)
	return append(transitions, in("circuit", "internal/circuit/breaker.go", ofCircuit(),
		broken("nobody-wrote-it", "		next.ChangedBy = by\n", ""),
		broken("all-writes-look-alike", `fmt.Sprintf("%s %s %d", by, act, next.Version)`, `"a write"`),
		broken("a-conflict-is-an-error", "		if !errors.Is(err, ErrConflict) {\n			return Item{}, fmt.Errorf(\"write the circuit of %s: %w\"", "		if err != nil {\n			return Item{}, fmt.Errorf(\"write the circuit of %s: %w\""),
		broken("a-probe-that-was-not-written-is-won", "		return Permission{}, err\n	}\n	return permission, nil", "		return permission, nil\n	}\n	return permission, nil"),
		broken("every-write-is-told", "before.shut() != after.shut()", "true"),
		broken("a-conflict-is-decided-on-the-old-item", "		if item, err = b.Look(ctx, channel); err != nil {\n", "		if _, err = b.Look(ctx, channel); err != nil {\n"),
	)...)
}

func limits() []Mutant {
	pure := in("limit", "internal/circuit/limit.go", ofCircuit(),
		broken("limited-a-moment-longer", "return now.Before(l.NextSlot) }", "return !now.After(l.NextSlot) }"),
		broken("spacing-without-end", "min(2*l.spacing(s.Spacing), s.MaxSpacing)", "2 * l.spacing(s.Spacing)"),
		broken("spacing-to-nothing", "max(l.Spacing/2, s.Spacing)", "l.Spacing / 2"),
		broken("everybody-is-the-canary", "	if now.Before(l.CanaryAt) {\n", "	if false {\n"),
		broken("the-canary-frees-nobody", "	if now.Before(l.QuotaUntil) {\n", "	if false {\n"),
		broken("a-canary-after-midnight", "l.CanaryAt.After(midnight)", "false"),
		broken("a-hold-lets-slots-before-it", "	if l.NextSlot.Before(until) {\n", "	if false {\n"),
		broken("all-slots-are-one", "	if l.Limited(now) {\n		last = l.NextSlot\n", "	if false {\n		last = l.NextSlot\n"),
	)
	return append(pure, in("limit", "internal/circuit/limiter.go", ofCircuit(),
		broken("retry-after-without-bounds", "min(r.RetryAfter, l.Settings.MaxRetryAfter)", "r.RetryAfter"),
		broken("a-refusal-off-a-slot-widens", "	if r.OnSlot {\n", "	if true {\n"),
		broken("the-quota-is-any-limit", "	if r.Quota {\n", "	if false {\n"),
	)...)
}
