package mutation

// envASL names the file that the story tests play instead of the committed workflow.
const envASL = "REZ_TEST_ASL"

// workflow breaks the ASL that the story tests play, and the Go that it is made from. TestGolden would notice any change
// of the latter, without knowing what it means, and is left out.
func workflow() []Mutant {
	const outcome = "\"Variable\": \"$.outcome\",\n          \"StringEquals\": "
	asl := in("asl", "statemachine/testdata/deliver.asl.json", allOf("./internal/delivery"),
		broken("who-may-not-proceed-does", outcome+"\"expired\",\n          \"Next\": \"MarkFailed\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"NothingToDo\"",
			outcome+"\"expired\",\n          \"Next\": \"MarkFailed\"\n        }\n      ],\n      \"Default\": \"CheckCircuit\"\n    },\n    \"NothingToDo\""),
		broken("an-expired-message-is-checked", outcome+"\"expired\",\n          \"Next\": \"MarkFailed\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"NothingToDo\"",
			outcome+"\"expired\",\n          \"Next\": \"CheckCircuit\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"NothingToDo\"").
			explained("CheckCircuit finds the deadline passed too: the message ends the same, one state later."),
		broken("an-open-circuit-is-passed", outcome+"\"deferred\",\n          \"Next\": \"MarkDeferred\"", outcome+"\"deferred\",\n          \"Next\": \"SendNtfy\""),
		broken("expired-at-the-circuit-waits", outcome+"\"expired\",\n          \"Next\": \"MarkFailed\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"SendNtfy\"",
			outcome+"\"expired\",\n          \"Next\": \"MarkDeferred\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"SendNtfy\""),
		broken("nothing-is-sent-again", "\"MaxAttempts\": 3,", "\"MaxAttempts\": 0,"),
		broken("one-try-more", "\"MaxAttempts\": 3,", "\"MaxAttempts\": 4,"),
		broken("waits-do-not-grow", "\"BackoffRate\": 2.0", "\"BackoffRate\": 1.0"),
		broken("any-error-is-sent-again", "\"ErrorEquals\": [\n            \"NtfyUnavailable\"\n          ]", "\"ErrorEquals\": [\n            \"States.ALL\"\n          ]"),
		broken("a-limit-breaks-the-workflow", "            \"NtfyRateLimited\",\n", ""),
		broken("a-failed-probe-breaks-the-workflow", "\"CircuitOpen\",\n            \"ProbeFailed\"", "\"CircuitOpen\""),
		broken("a-refusal-waits", "            \"NtfyRejected\"\n          ],\n          \"ResultPath\": \"$.error\",\n          \"Next\": \"MarkFailed\"", "            \"NtfyRejected\"\n          ],\n          \"ResultPath\": \"$.error\",\n          \"Next\": \"MarkDeferred\""),
		broken("the-error-replaces-the-state", "\"ProbeFailed\"\n          ],\n          \"ResultPath\": \"$.error\"", "\"ProbeFailed\"\n          ],\n          \"ResultPath\": \"$\""),
		broken("every-try-is-the-first", "\"retry_count.$\": \"$$.State.RetryCount\"", "\"retry_count\": 0"),
		broken("what-is-delivered-is-not-marked", outcome+"\"delivered\",\n          \"Next\": \"MarkCompleted\"", outcome+"\"delivered\",\n          \"Next\": \"NothingToDo\""),
		broken("a-slot-past-the-deadline-is-no-end", outcome+"\"expired\",\n          \"Next\": \"MarkFailed\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"Deferred\"",
			outcome+"\"expired\",\n          \"Next\": \"NothingToDo\"\n        }\n      ],\n      \"Default\": \"NothingToDo\"\n    },\n    \"Deferred\""),
		broken("refused-is-called-expired", outcome+"\"failed\",\n          \"Next\": \"DeliveryFailed\"", outcome+"\"failed\",\n          \"Next\": \"DeliveryExpired\""),
		broken("a-fault-keeps-its-lease", "\"Next\": \"ReleaseLease\"", "\"Next\": \"PipelineFault\""),
	)
	for i := range asl {
		asl[i].Through = envASL
	}
	meaning := []Tests{{Package: "./statemachine", Skip: "TestGolden"}}
	golden := []Tests{{Package: "./statemachine", Run: "TestGolden"}}
	made := in("workflow", "statemachine/wiring.go", meaning,
		broken("a-task-without-a-way-out", "s.markCompleted, s.markDeferred, s.markFailed,\n	} {", "s.markCompleted, s.markDeferred,\n	} {"),
		broken("a-fault-hides-behind-another", "$.release_error", "$.error"),
		broken("go-and-asl-differ", "		When(outcome(contract.OutcomeDelivered), s.markCompleted, nil).\n", "		When(outcome(contract.OutcomeDelivered), s.markDeferred, nil).\n").by(golden...),
	)
	return append(append(asl, made...), in("workflow", "statemachine/release.go", meaning,
		broken("a-released-lease-is-no-time", `const released = "1970-01-01T00:00:00.000Z"`, `const released = "0"`),
		broken("a-lease-is-given-back-by-anyone", "attribute_exists(#id) AND #owner = :me AND", "attribute_exists(#id) AND"),
	)...)
}

// ofInfra are tests that synthesize each stage, which takes half a minute and more: few mutants are worth it.
func ofInfra(run string) []Tests { return []Tests{{Package: "./infra", Run: run}} }

func infrastructure() []Mutant {
	roles := ofInfra("TestEveryFunctionMayDoExactlyWhatItDoes|TestWorkflowMayCall|TestWebAPIPasses")
	triggered := in("iam", "infra/functions_triggered.go", roles,
		broken("the-sweeper-may-not-write-dead-letters", "			allow(p.kept.queue.QueueArn(), readQueue),\n			allow(p.kept.dlq.QueueArn(), sendItem),\n", "			allow(p.kept.queue.QueueArn(), readQueue),\n"),
	)
	around := in("iam", "infra/api_functions.go", roles,
		broken("webapi-may-delete-records", "allow(a.kept.messages.TableArn(), getItem, batchGetItem, putItem, updateItem)", "allow(a.kept.messages.TableArn(), getItem, batchGetItem, putItem, updateItem, \"dynamodb:DeleteItem\")"),
	)
	workflowRole := in("iam", "infra/workflow.go", roles,
		broken("the-workflow-may-not-release-a-lease", "		allow(p.kept.messages.TableArn(), updateItem), // ReleaseLease\n", ""),
	)
	kept := in("infra", "infra/stateful.go", ofInfra("TestQueue"),
		broken("tickets-of-every-channel", "Allowlist: jsii.Strings(channel),", "Allowlist: jsii.Strings(channel, \"mail\"),"),
		broken("the-queue-never-gives-up", "MaxReceiveCount: jsii.Number(times.MaxReceives)", "MaxReceiveCount: jsii.Number(times.MaxReceives + 1)"),
	)
	started := in("infra", "infra/triggers.go", ofInfra("TestQueueStarts"),
		broken("one-bad-ticket-brings-the-batch-back", "ReportBatchItemFailures: jsii.Bool(true)", "ReportBatchItemFailures: jsii.Bool(false)"),
	)
	gateway := in("infra", "infra/api_gateway.go", ofInfra("TestOnlyWhatAnyoneMaySeeIsOpen"),
		broken("whoever-asks-is-signed-in", `{path: "auth/me"},`, `{path: "auth/me", open: true},`),
	)
	var all []Mutant
	for _, some := range [][]Mutant{triggered, around, workflowRole, kept, started, gateway} {
		all = append(all, some...)
	}
	return all
}
