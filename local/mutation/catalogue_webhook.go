package mutation

// posted breaks the channel webhook; what the channels share is broken in steps.
func posted() []Mutant {
	decided := in("webhook", "internal/webhook/decide.go", allOf("./internal/webhook"),
		broken("a-cut-success-is-posted-again", "	case a.isSuccess():\n", "	case a.Fault == \"\" && a.isSuccess():\n"),
		broken("a-wrong-address-is-the-events-fault", "r.Class, r.Detail = delivery.Misconfigured, a.says(\"no receiver", "r.Class, r.Detail = delivery.Rejected, a.says(\"no receiver"),
	)
	asked := in("webhook", "internal/webhook/client.go", allOf("./internal/webhook"),
		broken("retry-after-without-bounds", "	result.RetryAfter = min(result.RetryAfter, c.maxRetryAfter)\n", ""),
		broken("an-answer-repeats-the-text", "Excerpt: secrets.Hide(words(body))", "Excerpt: words(body)"),
	)
	signed := in("webhook", "internal/webhook/secrets.go", allOf("./internal/webhook"),
		broken("only-the-first-secret-signs", "strings.Join(signatures, \" \")", "strings.Join(signatures[:1], \" \")"),
		broken("a-short-secret-signs", "len(key) < minSecret || ", ""),
	)
	sent := in("webhook", "internal/webhook/sender.go", allOf("./internal/webhook"),
		broken("a-replays-event-is-the-same", "ID: rec.SequenceID(), Body:", "ID: rec.ID, Body:"),
		broken("a-new-secret-waits", "	if result.Class != delivery.Unauthorized && !unsigned {\n", "	if result.Class != delivery.Unauthorized || unsigned {\n"),
		broken("a-second-post-without-time", "fresh == secrets || !delivery.TimeFor(ctx, s.HTTPTimeout)", "fresh == secrets"),
		broken("no-alarm-for-a-refused-signature", "		telemetry.Count(ctx, telemetry.WebhookUnauthorized, 1)\n", ""),
		broken("no-alarm-for-a-missing-receiver", "		telemetry.Count(ctx, telemetry.WebhookMisconfigured, 1)\n", ""),
	)
	var all []Mutant
	for _, some := range [][]Mutant{decided, asked, signed, sent} {
		all = append(all, some...)
	}
	return all
}
