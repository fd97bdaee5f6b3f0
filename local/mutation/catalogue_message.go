package mutation

func intake() []Mutant {
	return in("intake", "internal/intake/intake.go", allOf("./internal/intake"),
		broken("another-body-is-the-same-message", "if rec.BodyHash != asked.BodyHash {", "if false {"),
		broken("a-repeat-publishes-nothing", "if rec.Status == message.StatusCreated {", "if false {"),
		broken("a-repeat-publishes-what-is-under-way", "if rec.Status == message.StatusCreated {", "if true {"),
		broken("accepted-and-not-published", "	i.publish(ctx, rec, message.EventCreated)\n	return rec, nil\n}\n\nfunc (i *Intake) record",
			"	return rec, nil\n}\n\nfunc (i *Intake) record"),
		broken("published-before-it-is-written", "	i.publish(ctx, next, message.EventReplayed)\n", ""),
		broken("the-bodys-hash-is-not-kept", "	rec.BodyHash = r.BodyHash\n", ""),
		broken("a-replay-is-not-written", "i.Records.Save(ctx, rec, next); err != nil", "error(nil); err != nil"),
		broken("nobody-made-it", `if r.CreatedBy == "" {`, `if false {`),
	)
}

func records() []Mutant {
	transition := in("record", "internal/message/transition.go", allOf("./internal/message"),
		broken("a-live-lease-is-taken", "	if r.LeaseLive(now) {\n		if t.FromQueue", "	if false {\n		if t.FromQueue"),
		broken("an-old-deferrals-ticket-is-valid", "t.Generation == r.Generation && t.Deferral == r.Deferrals", "t.Generation == r.Generation"),
		broken("an-old-generations-ticket-is-valid", "t.Generation == r.Generation && t.Deferral == r.Deferrals", "t.Deferral == r.Deferrals"),
		broken("the-deadline-is-a-moment-later", "return !now.Before(r.Deadline)", "return now.After(r.Deadline)"),
		broken("a-replay-keeps-its-deferrals", "	r.Deferrals = 0\n", ""),
		broken("a-replay-keeps-its-sweeps", "	r.Swept = 0\n", ""),
		broken("a-replay-is-deleted-with-its-first-life", "	r.ExpiresAt = expiry(now, times)\n", ""),
		broken("the-time-to-live-has-fractions", ".Add(times.RecordTTL).Truncate(time.Second)", ".Add(times.RecordTTL)"),
		broken("no-lease-is-written", "	r.LeaseUntil = Moment(now).Add(times.Lease)\n", ""),
		broken("the-last-executions-trace-stays", "Moment(by.Started), by.TraceID", "Moment(by.Started), r.TraceID"),
		broken("whoever-comes-moves-a-message", "r.Status != StatusProcessing || r.ExecutionARN != arn", "r.Status != StatusProcessing"),
		broken("a-write-keeps-its-version", "	r.UpdatedAt = Moment(now)\n	r.Version++\n", "	r.UpdatedAt = Moment(now)\n"),
		broken("a-write-keeps-its-time", "	r.UpdatedAt = Moment(now)\n	r.Version++\n", "	r.Version++\n"),
		broken("an-attempt-is-noted-twice", "ok && last.At.Equal(Moment(a.At))", "ok && false && last.At.Equal(Moment(a.At))"),
		broken("attempts-without-end", "if len(r.Attempts) > MaxAttempts {", "if false {"),
		broken("the-first-attempts-go-first", "slices.Delete(slices.Clone(r.Attempts), firstAttempts, firstAttempts+1)",
			"slices.Delete(slices.Clone(r.Attempts), 0, 1)"),
		broken("a-deferral-is-not-counted", "	r.Deferrals++\n", ""),
		broken("a-slot-is-not-kept", "	if d.Slot {\n", "	if false {\n"),
		broken("what-somebody-holds-expires", "r.Status.Final() || r.LeaseLive(now) || !r.Overdue(now)", "r.Status.Final() || !r.Overdue(now)"),
		broken("a-stale-ticket-ends-a-message", "r.Status.Final() || r.LeaseLive(now) || !r.valid(t)", "r.Status.Final() || r.LeaseLive(now)"),
		broken("a-completed-message-replays-twice", "t.Replay && (t.Generation == 0 || t.Generation == r.Generation)", "t.Replay"),
		broken("an-expired-message-comes-back-unasked", "r.Reason == ReasonExpired && t.Replay", "r.Reason == ReasonExpired"),
		broken("a-redrive-keeps-the-deadline", "return r.freshDeadline(now, times), true // a redrive", "return r, true // a redrive"),
		broken("sweeps-as-often-as-it-runs", "	if now.Before(r.NextSweepAt) {\n", "	if false {\n"),
		broken("a-lease-that-lives-is-swept", "since = later(r.UpdatedAt, r.LeaseUntil)", "since = r.UpdatedAt"),
		broken("sweeps-get-no-rarer", "	r.Swept++\n	return r.noted(), nil", "	return r.noted(), nil"),
		broken("a-sweep-is-progress", "	r.Swept++\n	return r.noted(), nil", "	r.Swept++\n	return r.written(now), nil"),
	)
	rest := in("record", "internal/message/record.go", allOf("./internal/message"),
		broken("a-completed-message-stays-in-the-index", "	case StatusCompleted:\n	}\n	return \"\"", "	case StatusCompleted:\n	}\n	return string(s)"),
		broken("taking-a-message-writes-the-index", "	case StatusCreated, StatusProcessing:\n		return PendingOpen",
			"	case StatusProcessing:\n		return string(s)\n	case StatusCreated:\n		return PendingOpen"),
		broken("a-slot-is-due-a-moment-later", "!r.SlotAt.IsZero() && !now.Before(r.SlotAt)", "!r.SlotAt.IsZero() && now.After(r.SlotAt)"),
	)
	acts := in("record", "internal/message/act.go", allOf("./internal/message"),
		broken("two-replays-at-once-are-two", "	if r.Generation != seen {\n", "	if false {\n"),
		broken("acts-without-end", "r.Acts = acts[max(0, len(acts)-MaxActs):]", "r.Acts = acts"),
		broken("what-is-made-due-keeps-its-slot", "r.NextAttemptAt, r.SlotAt, r.NextSweepAt = Moment(now), time.Time{}, time.Time{}",
			"r.NextAttemptAt, r.NextSweepAt = Moment(now), time.Time{}"),
	)
	backoff := in("record", "internal/message/backoff.go", allOf("./internal/message"),
		broken("a-wait-overflows", "		if wait > limit/2 {\n			return limit\n		}\n		wait *= 2\n	}\n	return wait", "		wait *= 2\n	}\n	return min(wait, limit)"),
	)
	return append(append(append(transition, rest...), acts...), backoff...)
}

func tickets() []Mutant {
	return in("ticket", "internal/message/ticket.go", allOf("./internal/message"),
		broken("a-deferred-ticket-is-due-at-once", "		t.NotBefore = &due\n", "		_ = due\n"),
		broken("an-expired-ticket-replays-nothing", "	t.Replay = true\n	return t", "	return t"),
		broken("unknown-fields-are-passed-over", `		return fmt.Errorf("unknown field %.40q", name)`, "		return nil"),
		broken("a-ticket-without-a-generation", "if t.Generation < 1 {", "if t.Generation < 0 {"),
		broken("the-zeroth-receive", "err == nil && receive > 0 && name", "err == nil && name"),
		broken("a-replay-updates-what-was-shown", `return id + "-" + strconv.Itoa(generation)`, `return id + "-" + strconv.Itoa(generation-generation)`),
		broken("an-envelope-is-no-ticket", `_, enveloped := object["TopicArn"]; enveloped`, `_, enveloped := object["TopicArn"]; false && enveloped`),
	)
}

func dispatcher() []Mutant {
	ending := in("dispatch", "internal/dispatch/ending.go", allOf("./internal/dispatch"),
		broken("a-busy-messages-ticket-is-deleted", "			return ErrBusy\n", "			return nil\n"),
		broken("an-unknown-outcome-is-done", `return fmt.Errorf("%w: unknown outcome %q", ErrUnexpected, e.Outcome)`, "return nil"),
		broken("an-expired-ticket-comes-back", "e.ErrorName == contract.ErrorDeliveryFailed || e.ErrorName == contract.ErrorDeliveryExpired",
			"e.ErrorName == contract.ErrorDeliveryFailed"),
	)
	return append(ending, in("dispatch", "internal/dispatch/dispatch.go", allOf("./internal/dispatch"),
		broken("given-up-one-receive-late", "receive >= d.MaxReceives", "receive > d.MaxReceives"),
		broken("a-busy-message-is-given-up", "receive >= d.MaxReceives && !errors.Is(err, ErrBusy)", "receive >= d.MaxReceives"),
		broken("too-early-is-delivered", "	if ticket.Wait(d.Now()) > 0 {\n", "	if false {\n"),
		broken("a-panic-deletes-the-ticket", "			err = errPanicked\n", ""),
		broken("giving-up-is-not-written", "err = d.Records.Save(ctx, rec, next)", "_ = next"),
		broken("giving-up-ends-with-the-batch", "context.WithTimeout(context.WithoutCancel(ctx), giveUpTime)", "context.WithTimeout(ctx, giveUpTime)"),
		broken("a-duplicate-is-not-counted", "		if ending.Outcome == contract.OutcomeDuplicate {\n", "		if false {\n"),
		broken("poison-is-not-counted", "		telemetry.Count(ctx, telemetry.Unreadable, 1)\n", ""),
		broken("no-alarm-for-what-is-given-up", "		telemetry.Count(ctx, telemetry.PipelineFault, 1)\n", ""),
		broken("the-wrong-item-is-reported", "report = append(report, items[i].ID)", "report = append(report, items[len(items)-1-i].ID)"),
		broken("a-ticket-goes-round-without-a-delay", "d.Tickets.SendTicket(ctx, ticket, ticket.Wait(d.Now()))", "d.Tickets.SendTicket(ctx, ticket, 0)"),
	)...)
}

func sweeper() []Mutant {
	return in("sweep", "internal/sweep/sweep.go", allOf("./internal/sweep"),
		broken("the-backlog-does-not-matter", "} else if waiting == 0 {", "} else if waiting >= 0 {"),
		broken("a-backlog-of-one-channel-frees-both", "!s.free[s.laneOf(rec.Channel)] || ", ""),
		broken("no-bound-on-a-run", "return report.Swept+report.Expired >= s.Settings.Batch", "return false"),
		broken("what-expires-is-not-bounded", "return report.Swept+report.Expired >= s.Settings.Batch", "return report.Swept >= s.Settings.Batch"),
		broken("no-alarm-for-what-is-swept", "		telemetry.Count(ctx, telemetry.Swept, report.Swept)\n", ""),
		broken("a-metric-each-minute", "	if report.Swept > 0 {\n", "	if true {\n"),
		broken("past-the-deadline-is-published", "	if rec.Overdue(now) {\n", "	if false {\n"),
		broken("expired-without-a-dead-letter", "s.lane(s.laneOf(rec.Channel)).DeadLetters.SendDeadLetter(ctx, next.ExpiredTicket(s.Now()), next.Reason); err != nil", "error(nil); err != nil"),
		broken("expired-into-another-channels-dlq", "s.lane(s.laneOf(rec.Channel)).DeadLetters", "s.lane(mainLane).DeadLetters"),
		broken("two-sweepers-publish-both", "		return false, nil\n	}\n	if err != nil {\n		return false, fmt", "		return true, nil\n	}\n	if err != nil {\n		return false, fmt"),
		broken("every-page-is-the-first", "		s.cursors[key] = page.Next\n", ""),
		broken("deferred-messages-are-forgotten", "[]string{message.PendingOpen, string(message.StatusDeferred)}", "[]string{message.PendingOpen}"),
		broken("young-records-are-read", "|| now.Sub(key.CreatedAt) < s.Settings.After {", "{"),
	)
}
