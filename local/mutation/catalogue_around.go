package mutation

func counters() []Mutant {
	counted := in("metrics", "internal/metrics/count.go", allOf("./internal/metrics"),
		broken("what-was-put-back-counts", "	case next.Version <= 1:\n", "	case true:\n"),
		broken("a-replay-counts-old-deferrals", "		old.Deferrals = 0\n", ""),
		broken("an-attempt-counts-again", "			behind = i + 1\n", "			behind = i\n"),
		broken("two-attempts-of-one-millisecond-are-one", "if left > 0 && attempt.At.Equal(newest) {", "if attempt.At.Equal(newest) {"),
		broken("an-end-counts-at-each-write", "	if next.Status != old.Status {\n", "	if true {\n"),
		broken("a-replay-took-since-the-first-life", "replayed.After(rec.CreatedAt)", "false"),
		broken("an-edited-record-is-added", "	if len(deltas) > mostDeltas {\n", "	if false {\n"),
		broken("an-expiry-is-a-refusal", "	case rec.Reason == message.ReasonRefused:\n", "	case rec.Reason == message.ReasonRefused || rec.Reason == message.ReasonExpired:\n"),
	)
	reconciled := in("metrics", "internal/metrics/reconcile.go", allOf("./internal/metrics"),
		broken("a-dry-run-writes", "	if r.DryRun {\n", "	if false {\n"),
		broken("an-unsettled-hour-is-mended", "	case s.To.After(settled):\n", "	case false:\n"),
		broken("the-hour-after-is-mended-too", "!hour.Before(s.From) && hour.Before(s.To)", "!hour.Before(s.From) && !hour.After(s.To)").
			explained("Reconcile compares the hours before To only; holds keeps what it adds up meanwhile small."),
	)
	rest := in("metrics", "internal/metrics/counters.go", allOf("./internal/metrics"),
		broken("reconciling-lowers-counters", "return max(a, b) })", "return b })"),
	)
	rolled := in("metrics", "internal/metrics/rollup.go", allOf("./internal/metrics"),
		broken("one-bad-change-stops-the-stream", "			rolled.Skipped++\n", "			return rolled, err\n"),
	)
	return append(append(append(counted, reconciled...), rest...), rolled...)
}

// stored breaks what is written to DynamoDB. The marks and conditions are noticed by tests on a real table, which
// `make test` runs; here it is what the store makes of records and answers.
func stored() []Mutant {
	table := func(run string) []Tests { return []Tests{{Package: "./internal/store", Run: run}} }
	items := in("store", "internal/store/item.go", table("Test[^D]"),
		broken("what-is-gone-stays", "		if _, ok := next[name]; !ok {\n			names = append(names, name)\n		}\n", "		_ = name\n"),
		broken("zeroes-are-kept", "`dynamodbav:\"next_attempt_at,omitempty\"`", "`dynamodbav:\"next_attempt_at\"`"),
		broken("the-time-to-live-is-a-text", "`dynamodbav:\"ttl,omitempty,unixtime\"`", "`dynamodbav:\"ttl,omitempty\"`"),
	)
	messages := in("store", "internal/store/messages.go", table("TestDynamoDB/(messages|a_save|a_create)"),
		broken("a-save-makes-a-record", "		return message.ErrNotFound\n	case sameRecord(stored, next):", "		return nil\n	case sameRecord(stored, next):"),
		broken("a-save-asks-for-no-version", "expression.AttributeExists(expression.Name(messageKey)).\n		And(expression.Name(versionName).Equal(expression.Value(version)))", "expression.AttributeExists(expression.Name(messageKey)).\n		And(expression.Name(versionName).GreaterThanEqual(expression.Value(version - version)))"),
		broken("a-create-overwrites", "		ConditionExpression:                 aws.String(\"attribute_not_exists(\" + messageKey + \")\"),\n", ""),
	)
	counted := table("TestDynamoDB/(metrics|a_rollup|counters)")
	marks := in("store", "internal/store/metrics_marks.go", counted,
		broken("a-mark-is-not-asked", "expression.AttributeNotExists(expression.Name(marksName))", "expression.AttributeNotExists(expression.Name(marksName + \"s\"))"),
		broken("only-a-sheets-first-event-is-marked", "	for _, mark := range s.marks {\n		all = append", "	for _, mark := range s.marks[:1] {\n		all = append"),
	)
	again := in("store", "internal/store/metrics_add.go", append(table("TestWhatPasses"), counted...),
		broken("who-finds-a-mark-gives-up", "case \"ConditionalCheckFailed\", \"TransactionConflict\",", "case \"TransactionConflict\","),
		broken("a-change-told-twice-counts-twice", "mark := e.Mark(); !known[mark] {", "mark := e.Mark(); !known[mark] || true {"),
	)
	return append(append(append(items, messages...), marks...), again...)
}

func settled() []Mutant {
	return in("settings", "internal/settings/settings.go", allOf("./internal/settings"),
		broken("a-workflow-outlives-its-lease", "{s.Workflow < s.Lease, ", "{s.Workflow <= s.Lease, "),
		broken("a-lease-outlives-the-visibility", "{s.Lease < s.Visibility, ", "{s.Lease <= s.Visibility, "),
		broken("visibility-of-five-processors", "s.Visibility >= 6*s.Processor", "s.Visibility >= 5*s.Processor"),
		broken("a-processor-ends-before-its-workflow", "{s.Workflow < s.Processor, ", "{s.Workflow <= s.Processor, "),
		broken("a-probe-outlives-its-lease", "{s.SendTask < s.Breaker.ProbeLease, ", "{true, "),
		broken("the-queue-forgets-before-the-deadline", "{s.Deadline < s.QueueRetention, ", "{s.Deadline <= s.QueueRetention, "),
		broken("only-the-first-broken-rule-is-said", "return errors.Join(broken...)", "return errors.Join(broken[:min(1, len(broken))]...)"),
		broken("a-lease-is-not-divided", "&s.Lease, &s.Sweep.After", "&s.Sweep.After"),
		broken("the-longest-delay-is-an-hour", "MaxDelay:       15 * time.Minute", "MaxDelay:       time.Hour"),
	)
}

func called() []Mutant {
	kept := in("calls", "internal/sdkhttp/sdkhttp.go", allOf("./internal/sdkhttp"),
		broken("an-answer-is-lost", "		request.Body = onlyRead{request.Body}\n", "		_ = onlyRead{request.Body}\n"),
	)
	return append(kept, in("calls", "internal/lambdas/aws.go", allOf("./internal/lambdas"),
		broken("lambdas-lose-answers", "sdkhttp.KeepAnswers(nil),", "func() aws.HTTPClient { _ = sdkhttp.KeepAnswers; return nil }(),"),
	)...)
}

func configured() []Mutant {
	parsed := in("config", "internal/config/parsers.go", allOf("./internal/config"),
		broken("divided-by-nothing", "err != nil || divisor < 1", "err != nil || divisor < 0"),
		broken("any-level-is-one", "	if err != nil {\n		return nil, fmt.Errorf(\"%s is %q, allowed are debug", "	if false && err != nil {\n		return nil, fmt.Errorf(\"%s is %q, allowed are debug"),
	)
	return append(parsed, in("config", "internal/config/config.go", allOf("./internal/config"),
		broken("an-empty-topic-is-a-topic", "`env:\"SNS_TOPIC_ARN,required,notEmpty\"`", "`env:\"SNS_TOPIC_ARN,required\"`"),
		broken("only-the-first-fault-is-said", "	for _, fault := range all.Errors {\n", "	for _, fault := range all.Errors[:1] {\n"),
		broken("waits-are-not-divided", "settings.Default().Divided(int(b.TimeDivisor))", "settings.Default()"),
	)...)
}

func signedIn() []Mutant {
	verified := in("auth", "internal/auth/token/verifier.go", allOf("./internal/auth/token"),
		broken("another-pools-token", "	case token.Issuer != v.Issuer:\n", "	case false:\n"),
		broken("an-id-token-is-an-access-token", "	case said.Use != \"access\":\n", "	case false:\n"),
		broken("another-clients-token", "	case !slices.Contains(v.Clients, said.Client):\n", "	case false:\n"),
		broken("a-token-that-has-ended", "	case !now.Before(token.Expiry.Add(Leeway)):\n", "	case false:\n"),
		broken("a-token-ends-a-moment-later", "!now.Before(token.Expiry.Add(Leeway))", "now.After(token.Expiry.Add(Leeway))"),
		broken("a-token-before-its-time", "now.Add(Leeway).Before(notBefore), now", "false && now.Add(Leeway).Before(notBefore), now"),
		broken("nobodys-token", "	case token.Subject == \"\":\n", "	case false:\n"),
		broken("a-signature-that-does-not-fit", "	case seen.failed != nil:\n		return nil, &Refusal{Reason: ReasonSignature}\n", "	case false:\n"),
		broken("the-lowest-group-counts", "[]string{contract.RoleOperator, contract.RoleViewer}", "[]string{contract.RoleViewer, contract.RoleOperator}"),
		broken("any-algorithm", "	if header.Algorithm != oidc.RS256 {\n", "	if false {\n"),
	)
	proven := in("auth", "internal/auth/csrf.go", allOf("./internal/auth"),
		broken("no-proof-is-asked-for", "	if r.Header.Get(CSRFHeader) != \"1\" {\n", "	if false {\n"),
		broken("another-origin-may-act", "		if !strings.EqualFold(origin, publicURL) {\n", "		if !strings.HasPrefix(origin, publicURL) {\n"),
		broken("a-sibling-site-may-act", "site != \"same-origin\" && site != \"none\"", "site == \"cross-site\""),
	)
	called := in("auth", "internal/auth/caller.go", allOf("./internal/auth"),
		broken("half-a-caller-is-one", "err != nil || caller.Subject == \"\" || caller.Name == \"\" || !known", "err != nil || caller.Name == \"\" || !known"),
	)
	kept := in("auth", "internal/auth/cookie.go", allOf("./internal/auth"),
		broken("scripts-read-the-session", "HttpOnly: true", "HttpOnly: false"),
	)
	begun := in("auth", "internal/auth/signin/callback.go", allOf("./internal/auth/signin"),
		broken("another-browsers-state", "	case subtle.ConstantTimeCompare([]byte(begun.State), []byte(query.Get(\"state\"))) != 1:\n", "	case false:\n"),
		broken("another-sign-ins-id-token", "	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:\n", "	case false:\n"),
		broken("a-sign-in-of-yesterday", "	case f.Now().Unix() > begun.Ends:\n", "	case false:\n"),
		broken("a-code-without-its-verifier", ", oauth2.VerifierOption(begun.Verifier))", ")"),
		broken("a-redirect-in-an-old-cookie", "ownPath(begun.Redirect)", "begun.Redirect"),
	)
	sealed := in("auth", "internal/auth/signin/seal.go", allOf("./internal/auth/signin"),
		broken("another-sealed-thing-passes", "[]byte(auth.LoginCookie))\n	if err != nil {\n		return attempt{}, errSeal", "nil)\n	if err != nil {\n		return attempt{}, errSeal"),
		broken("two-texts-are-one-cookie", "base64.RawURLEncoding.Strict().DecodeString", "base64.RawURLEncoding.DecodeString"),
	)
	asked := in("auth", "tasks/authorizer/handler.go", allOf("./tasks/authorizer"),
		broken("every-token-opens-the-door", "		if err != nil {\n			refuse", "		if false {\n			refuse"),
		broken("one-route-for-each-token", "[]string{wholeStage(methodARN)}", "[]string{methodARN}"),
		broken("a-cookie-counts-as-a-bearer", "		caller.Via = via\n", "		caller.Via = auth.ViaBearer\n"),
	)
	var all []Mutant
	for _, some := range [][]Mutant{verified, proven, called, kept, begun, sealed, asked} {
		all = append(all, some...)
	}
	return all
}

func listed() []Mutant {
	return in("listing", "internal/listing/cursor.go", allOf("./internal/listing"),
		broken("a-forged-cursor-is-followed", "	if !hmac.Equal(code, sealed[:sha256.Size]) {\n", "	if !hmac.Equal(code, code) {\n"),
		broken("a-cursor-of-another-filter", "[]any{purpose, f.canonical(), position}", "[]any{purpose, position}"),
		broken("a-cursor-of-another-place", "[]any{purpose, f.canonical(), position}", "[]any{purpose, f.canonical()}"),
		broken("an-empty-key-seals", "	if len(key) == 0 {\n", "	if false {\n"),
		broken("two-texts-are-one-cursor", " || base64.RawURLEncoding.EncodeToString(sealed) != cursor", ""),
		broken("the-same-moment-is-another-filter", "		*t = t.UTC()\n", "		_ = t\n"),
	)
}

func routed() []Mutant {
	return in("api", "internal/api/routes.go", []Tests{{Package: "./internal/api"}},
		broken("a-viewer-replays", `"/api/messages/{id}/replay", operator,`, `"/api/messages/{id}/replay", viewer,`),
		broken("a-viewer-opens-the-circuit", `"/api/circuit/open", operator,`, `"/api/circuit/open", viewer,`),
		broken("anyone-reads-messages", `http.MethodGet, "/api/messages", viewer,`, `http.MethodGet, "/api/messages", anyone,`),
		broken("every-role-is-an-operator", "		case r.role == operator && caller.Role != operator:\n", "		case false:\n"),
		broken("who-has-no-role-is-a-viewer", "		case caller.Role == \"\":\n", "		case false:\n"),
		broken("a-cookie-needs-no-proof", "		case auth.CheckCSRF(request, caller, s.PublicURL) != nil:\n", "		case request == nil:\n"),
		broken("nobody-is-somebody", "		case !known:\n", "		case false && !known:\n"),
		broken("a-fault-shows-its-cause", "			p = inner(ctx, err)\n", "			p = problem(CodeForbidden, err.Error())\n"),
	)
}
