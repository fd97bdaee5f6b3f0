package mutation

func steps() []Mutant {
	check := in("checkcircuit", "internal/delivery/checkcircuit.go", allOf("./internal/delivery"),
		broken("a-slot-is-queued-again", "item.Limit.Limited(s.Now()) && !work.OnSlot", "item.Limit.Limited(s.Now())"),
		broken("a-limit-stops-nobody", "item.Limit.Limited(s.Now()) && !work.OnSlot", "false"),
		broken("past-the-deadline-is-sent", "	if !s.Now().Before(work.Deadline) {\n", "	if false {\n"),
		broken("a-slot-past-the-deadline-is-waited-for", "	if !slot.Before(work.Deadline) {\n", "	if false {\n"),
		broken("a-table-that-fails-stops-delivery", "		unreadable(ctx, err)\n		return s.checkDeadline(work), nil\n	}\n	if item.Limit", "		return Work{}, err\n	}\n	if item.Limit"),
		broken("no-alarm-for-a-table-that-fails", "	telemetry.Count(ctx, telemetry.CircuitUnreadable, 1)\n", ""),
		broken("a-probe-is-not-known", "		work.ProbeUntil = permission.ProbeUntil\n", ""),
	)
	permission := in("send", "internal/delivery/send_permission.go", allOf("./internal/delivery"),
		broken("retries-without-end", "s.Now().Sub(in.Work.Execution.Started) > s.RetryWindow", "false"),
		broken("a-retry-does-not-ask-the-breaker", "	if !permission.Granted {\n", "	if false {\n"),
		broken("a-probe-is-sent-again", "	if in.RetryCount > 0 { // the first try", "	if in.RetryCount > 9 { // the first try"),
		broken("a-probe-outlives-its-lease", "s.Now().Add(s.HTTPTimeout).After(in.Work.ProbeUntil)", "false"),
		broken("a-probe-too-late-is-kept", "		s.note(ctx, s.Breaker.HandBack(ctx, in.Work.Channel, in.Work.Execution.ARN))\n", ""),
	)
	send := in("send", "internal/delivery/send.go", allOf("./internal/delivery"),
		broken("another-execution-sends-it-too", "rec.Status != message.StatusProcessing || rec.ExecutionARN != in.Work.Execution.ARN", "rec.Status != message.StatusProcessing"),
		broken("another-channels-message-is-sent", "	if rec.Channel != s.Channel {\n", "	if false {\n"),
		broken("another-channels-message-keeps-the-probe", "		s.handBack(ctx, in.Work)\n		return Work{}, fmt.Errorf(\"%w: message", "		return Work{}, fmt.Errorf(\"%w: message"),
		broken("a-deleted-record-keeps-the-probe", "	s.handBack(ctx, work)\n	return work.ended(outcome)", "	return work.ended(outcome)"),
	)
	verdict := in("send", "internal/delivery/send_verdict.go", allOf("./internal/delivery"),
		broken("a-bad-token-is-an-outage", "s.breakerFailed(ctx, in, circuit.CauseUnauthorized)", "s.breakerFailed(ctx, in, circuit.CauseUnavailable)"),
		broken("not-ntfy-is-an-outage", "s.breakerFailed(ctx, in, circuit.CauseMisconfigured)", "s.breakerFailed(ctx, in, circuit.CauseUnavailable)"),
		broken("the-breaker-hears-of-no-outage", "		s.breakerFailed(ctx, in, circuit.CauseUnavailable)\n", ""),
		broken("a-refused-probe-leaves-it-open", "	s.answered(ctx, work)\n}\n", "}\n"),
		broken("a-failed-probe-is-retried", "			verdict = &ProbeFailed{Detail: result.Detail}\n", "			_ = verdict\n"),
		broken("an-attempt-is-not-written", "	if err := s.writeAttempt(ctx, in, rec, attempt); err != nil {\n		return err\n	}\n	return verdict", "	return verdict"),
		broken("a-late-refusal-widens", "OnSlot: work.OnSlot && inTime,", "OnSlot: work.OnSlot || inTime,"),
		broken("a-success-narrows-nothing", "	if work.OnSlot {\n		s.note(ctx, s.Limiter.Succeeded", "	if false {\n		s.note(ctx, s.Limiter.Succeeded"),
		broken("retry-after-without-bounds", "min(result.RetryAfter, s.Limiter.Settings.MaxRetryAfter)", "result.RetryAfter"),
	)
	channel := in("send", "internal/delivery/ntfy.go", allOf("./internal/delivery"),
		broken("a-refused-token-is-not-read-again", "	if result.Class != ntfy.Unauthorized {\n", "	if true {\n"),
		broken("the-same-token-is-tried-twice", "err != nil || fresh == token || !TimeFor(ctx, n.HTTPTimeout)", "err != nil || !TimeFor(ctx, n.HTTPTimeout)"),
		broken("a-second-request-without-time", "err != nil || fresh == token || !TimeFor(ctx, n.HTTPTimeout)", "err != nil || fresh == token"),
		broken("without-its-token-it-is-sent", "		return tokenUnreadable()\n", "		token = \"\"\n"),
		broken("every-notification-is-another", "	notification.SequenceID = rec.SequenceID()\n", ""),
		broken("a-limit-is-an-outage", "return &NtfyRateLimited{", "return &NtfyUnavailable{"),
		broken("a-refusal-waits", "return &NtfyRejected{", "return &NtfyUnavailable{"),
		broken("no-alarm-for-a-bad-token", "		telemetry.Count(ctx, telemetry.Unauthorized, 1)\n", ""),
		broken("no-alarm-for-what-is-not-ntfy", "		telemetry.Count(ctx, telemetry.Misconfigured, 1)\n", ""),
	)
	completed := in("markcompleted", "internal/delivery/markcompleted.go", allOf("./internal/delivery"),
		broken("ntfys-id-is-lost", " NtfyID: work.Attempt.NtfyID,", ""),
		broken("a-message-taken-meanwhile-is-a-fault", "	case errors.Is(err, message.ErrNotHolder):\n", "	case false:\n"),
		broken("a-deleted-message-is-a-fault", "	case errors.Is(err, message.ErrNotFound):\n", "	case false:\n"),
	)
	deferred := in("markdeferred", "internal/delivery/markdeferred.go", allOf("./internal/delivery"),
		broken("no-ticket-is-sent", "s.Tickets.SendTicket(ctx, ticket, ticket.Wait(s.Now())); err != nil", "error(nil); err != nil && ticket.Replay"),
		broken("a-wait-past-the-deadline", "			wait.Until = rec.Deadline // it expires", "			_ = rec.Deadline // it expires"),
		broken("the-backoff-does-not-double", "s.Settings.MaxBackoff, work.Deferral)", "s.Settings.MaxBackoff, 0)"),
		broken("what-the-server-asks-for-is-ignored", "	if last.RetryAt.After(until) {\n", "	if false {\n"),
		broken("a-slot-past-the-deadline", "wait.Slot && !wait.Until.Before(rec.Deadline)", "false"),
		broken("who-waits-for-the-probe-backs-off", "	case contract.ErrorCircuitOpen:\n		return s.probe(ctx, work, rec, message.ReasonCircuitOpen)\n", ""),
	)
	failed := in("markfailed", "internal/delivery/markfailed.go", allOf("./internal/delivery"),
		broken("expired-without-a-dead-letter", "reason == message.ReasonExpired && next.Version", "false && next.Version"),
		broken("refused-with-a-dead-letter", "reason == message.ReasonExpired && next.Version", "next.Version"),
	)
	written := in("steps", "internal/delivery/records.go", allOf("./internal/delivery", "./internal/model"),
		broken("a-conflict-is-the-end", "		if !errors.Is(err, message.ErrConflict) {\n", "		if err != nil || errors.Is(err, nil) {\n"),
	)
	waits := in("steps", "internal/delivery/jitter.go", allOf("./internal/delivery"),
		broken("all-come-back-at-once", "return half + time.Duration(j()*float64(wait-half))", "return half + (wait - half)"),
		broken("probes-come-back-at-once", "return at.Add(time.Duration(j() * float64(p.Cooldown) / 2))", "return at"),
	)
	var all []Mutant
	for _, some := range [][]Mutant{check, permission, send, verdict, channel, completed, deferred, failed, written, waits} {
		all = append(all, some...)
	}
	return all
}

func answers() []Mutant {
	decided := in("ntfy", "internal/ntfy/decide.go", allOf("./internal/ntfy"),
		broken("another-apis-code-counts", "	if a.Code/100 != a.Status {\n", "	if false {\n"),
		broken("a-login-page-is-a-delivery", "	case a.isSuccess() && a.ID != \"\":\n", "	case a.isSuccess():\n"),
		broken("a-cut-answer-with-an-id-is-sent-again", "	case a.isSuccess() && a.ID != \"\":\n", "	case a.Fault == \"\" && a.isSuccess() && a.ID != \"\":\n"),
		broken("a-redirect-is-a-refusal", "r.Class, r.Detail = Misconfigured, a.redirect()", "r.Class, r.Detail = Rejected, a.redirect()"),
		broken("a-proxys-timeout-is-a-refusal", " || a.Status == http.StatusRequestTimeout", ""),
		broken("an-answer-of-500-is-a-refusal", "return a.Status >= http.StatusInternalServerError", "return a.Status > http.StatusInternalServerError"),
		broken("bad-tokens-are-a-limit", "	if a.Code == codeAuthFailures {\n", "	if false {\n"),
		broken("the-quota-is-any-limit", "	r.Quota = a.Code == codeQuota\n", ""),
		broken("no-ntfy-there-is-a-refusal", "r.Class, r.Detail = Misconfigured, a.says(\"no ntfy", "r.Class, r.Detail = Rejected, a.says(\"no ntfy"),
		broken("an-address-that-ntfy-refuses-is-the-messages-fault", "a.Code == codeTopicInvalid || a.Code == codeTopicDisallowed", "a.Code == codeTopicDisallowed"),
		broken("a-forbidden-own-topic-is-the-messages-fault", "	if ownTopic {\n", "	if !ownTopic {\n"),
		broken("a-detail-without-end", "answer.Clip(r.Detail, MaxDetailBytes)", "answer.Clip(r.Detail, len(r.Detail))"),
	)
	asked := in("ntfy", "internal/ntfy/client.go", allOf("./internal/ntfy"),
		broken("a-redirect-elsewhere-gets-the-token", "return to.String(), sameHost && sameScheme", "return to.String(), (sameHost || true) && sameScheme"),
		broken("a-redirect-to-plain-http", "return to.String(), sameHost && sameScheme", "return to.String(), sameHost && (sameScheme || true)"),
		broken("retry-after-without-bounds", "	result.RetryAfter = min(result.RetryAfter, c.maxRetryAfter)\n", ""),
		broken("sent-without-its-token", "	if token != \"\" {\n", "	if false {\n"),
		broken("redirects-without-end", "!ok || hop == maxHops", "!ok"),
	)
	read := in("ntfy", "internal/ntfy/answer.go", allOf("./internal/ntfy"),
		broken("an-answer-repeats-the-text", "hide(fields.words(body))", "fields.words(body)"),
		broken("megabytes-are-read", "io.ReadAll(io.LimitReader(resp.Body, maxAnswer))", "io.ReadAll(resp.Body)"),
	)
	return append(append(decided, asked...), read...)
}
