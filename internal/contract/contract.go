// Package contract holds the names on which the parts of rez_agent agree: states, outcomes, error names, functions,
// environment variables. The CDK app, the workflow and the Lambdas all read them from here, so that a name which one
// side changes cannot silently differ on another. It holds no behaviour and imports nothing of ours.
package contract

// Workflow states, as a person reads them in the AWS console. The first six are Lambdas.
const (
	StateMarkProcessing = "MarkProcessing"
	StateCheckCircuit   = "CheckCircuit"
	StateSendNtfy       = "SendNtfy"
	StateMarkCompleted  = "MarkCompleted"
	StateMarkDeferred   = "MarkDeferred"
	StateMarkFailed     = "MarkFailed"
	StateReleaseLease   = "ReleaseLease"
)

// Outcome is what a state, and at last an execution, says of its message. The execution's outcomes are a closed set,
// the same in Go, ASL, metrics and dashboard; OutcomeProceed and OutcomeDelivered only pass between states.
type Outcome string

// The outcomes of an execution, and what becomes of the queue item that started it.
const (
	// OutcomeCompleted: ntfy took the message, the record says so. Item deleted.
	OutcomeCompleted Outcome = "completed"
	// OutcomeDuplicate: this ticket has nothing left to do. Item deleted.
	OutcomeDuplicate Outcome = "duplicate"
	// OutcomeGone: the record was deleted (TTL or by hand). Item deleted.
	OutcomeGone Outcome = "gone"
	// OutcomeDeferred: not now; a delayed ticket was sent. Item deleted.
	OutcomeDeferred Outcome = "deferred"
	// OutcomeBusy: another execution holds the lease. Item reported, so that SQS brings it back.
	OutcomeBusy Outcome = "busy"
	// OutcomeFailed: ntfy refused the message for good. The execution fails with ErrorDeliveryFailed; item deleted.
	OutcomeFailed Outcome = "failed"
	// OutcomeExpired: the deadline passed while the message waited. The execution fails with ErrorDeliveryExpired;
	// item deleted, the message itself goes to the DLQ with its reason.
	OutcomeExpired Outcome = "expired"
)

// Outcomes that only pass between states.
const (
	OutcomeProceed   Outcome = "proceed"
	OutcomeDelivered Outcome = "delivered"
)

// Outcomes lists the closed set in which an execution can end.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomeCompleted, OutcomeDuplicate, OutcomeGone, OutcomeDeferred, OutcomeBusy, OutcomeFailed, OutcomeExpired,
	}
}

// Errors that SendNtfy raises. Step Functions matches the bare Go type name of the returned error, so each of these is
// also the name of a type in package delivery (a test pins them to each other).
const (
	ErrorNtfyUnavailable   = "NtfyUnavailable"
	ErrorNtfyRateLimited   = "NtfyRateLimited"
	ErrorNtfyUnauthorized  = "NtfyUnauthorized"
	ErrorNtfyMisconfigured = "NtfyMisconfigured"
	ErrorNtfyRejected      = "NtfyRejected"
	ErrorCircuitOpen       = "CircuitOpen"
	ErrorProbeFailed       = "ProbeFailed"
)

// Errors in which a failed execution ends: names of Fail states and of their errors.
const (
	// ErrorDeliveryFailed: ntfy refused the message for good.
	ErrorDeliveryFailed = "DeliveryFailed"
	// ErrorDeliveryExpired: the message's deadline passed.
	ErrorDeliveryExpired = "DeliveryExpired"
	// ErrorPipelineFault: something of ours broke; SQS brings the ticket back.
	ErrorPipelineFault = "PipelineFault"
)

// Task names a Lambda: its folder under tasks/ and the middle of its physical name, rez-agent-<task>-<stage>.
type Task string

// The Lambdas of the pipeline.
const (
	TaskScheduler      Task = "scheduler"
	TaskProcessor      Task = "processor"
	TaskSweeper        Task = "sweeper"
	TaskMarkProcessing Task = "markprocessing"
	TaskCheckCircuit   Task = "checkcircuit"
	TaskSendNtfy       Task = "sendntfy"
	TaskMarkCompleted  Task = "markcompleted"
	TaskMarkDeferred   Task = "markdeferred"
	TaskMarkFailed     Task = "markfailed"
)

// The Lambdas around the pipeline.
const (
	// TaskWebAPI answers the REST API, TaskAuthorizer says who asks.
	TaskWebAPI     Task = "webapi"
	TaskAuthorizer Task = "authorizer"
	// TaskRollup keeps the hourly counters from the messages table's stream.
	TaskRollup Task = "rollup"
	// TaskFireSchedule makes the message of a user's schedule, TaskReplayJob works on a replay by filter.
	TaskFireSchedule Task = "fireschedule"
	TaskReplayJob    Task = "replayjob"
)

// Tasks lists the Lambdas of every stage, in the order in which a message meets them; a second channel's own are its
// Channel's.
func Tasks() []Task {
	return []Task{
		TaskScheduler, TaskProcessor, TaskMarkProcessing, TaskCheckCircuit, TaskSendNtfy, TaskMarkCompleted,
		TaskMarkDeferred, TaskMarkFailed, TaskSweeper,
		TaskWebAPI, TaskAuthorizer, TaskRollup, TaskFireSchedule, TaskReplayJob,
	}
}

// SNS message attributes of a ticket.
const (
	AttributeStage       = "stage"
	AttributeMessageType = "message_type"
	AttributeChannel     = "channel"
)

// Keys and indexes of the messages table, and the key of the circuit table.
const (
	MessageKey = "message_id"
	// StageIndex lists a stage's messages, newest first: stage, created_date.
	StageIndex = "stage-created_date-index"
	// StatusIndex is sparse: its key, AttrPendingStatus, is absent once a message is completed.
	StatusIndex = "status-created_date-index"
	CircuitKey  = "channel"

	AttrStage         = "stage"
	AttrStatus        = "status"
	AttrCreatedDate   = "created_date"
	AttrPendingStatus = "pending_status"
	AttrNextAttemptAt = "next_attempt_at"
	AttrNextSweepAt   = "next_sweep_at"
	AttrLeaseUntil    = "lease_until"
	AttrExecutionARN  = "execution_arn"
	AttrTTL           = "ttl"
)

// Keys of the metrics and jobs tables.
const (
	// MetricsKey and MetricsSortKey: of a counter "<stage>#<message type>" and its hour; of marks, which say what was counted, "seen#<ten seconds>" and a number.
	MetricsKey     = "series"
	MetricsSortKey = "hour"
	JobKey         = "job_id"
)

// Groups of the user pool, which are the roles.
const (
	RoleViewer   = "viewer"
	RoleOperator = "operator"
)

// UsageKey is the name of the usage plan's key under which a role's requests are counted; prefix is the authorizer's
// EnvUsageKeys. It is no secret: the gateway takes it from the authorizer alone.
func UsageKey(prefix, role string) string { return prefix + "-" + role }

// LiveAlias is the alias through which everything calls a Lambda, so that a deployment can be rolled back by moving it.
const LiveAlias = "live"

// APIStage is the gateway's stage and so the first part of every path of the API: /api/….
const APIStage = "api"

// CLICallbackURL is where the sign-in page sends the browser back to when the command line signs a person in: an address
// of the person's own machine, which the user pool's client has to allow.
const CLICallbackURL = "http://localhost:8976/callback"

// DashboardCSP is the Content-Security-Policy of the dashboard's pages: nothing from elsewhere but the pictures that
// messages show. The component library sets styles on elements.
const DashboardCSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; object-src 'none'; " +
	"base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// Keys of what the authorizer tells webapi about the caller. They reach it through the gateway alone, never as a header.
const (
	CallerSubject = "subject"
	CallerName    = "name"
	CallerRole    = "role"
	CallerVia     = "via"
	CallerExpires = "expires"
)

// StatusProcessing is the status of a record that an execution holds. It stands here beside the attributes because the
// workflow itself, and not only the Lambdas, asks for it (ReleaseLease).
const StatusProcessing = "processing"

// Environment variables of the Lambdas.
const (
	EnvStage           = "STAGE"
	EnvLogLevel        = "LOG_LEVEL"
	EnvTimeDivisor     = "TIME_DIVISOR"
	EnvGC              = "GOGC"
	EnvTopicARN        = "SNS_TOPIC_ARN"
	EnvMessagesTable   = "DYNAMODB_TABLE_NAME"
	EnvCircuitTable    = "CIRCUIT_BREAKER_TABLE"
	EnvStateMachineARN = "STATE_MACHINE_ARN"
	EnvQueueURL        = "SQS_QUEUE_URL"
	EnvDLQURL          = "SQS_DLQ_URL"
	EnvNtfyURL         = "NTFY_URL"
	EnvNtfyAPIKeyParam = "NTFY_API_KEY_PARAM"

	EnvWebhookURL         = "WEBHOOK_URL"
	EnvWebhookSecretParam = "WEBHOOK_SECRET_PARAM"
	// EnvChannels lists the channels that the stage has; absent is ntfy alone.
	EnvChannels = "CHANNELS"
	// EnvChannelQueues and EnvChannelDLQs are the queues of the channels beside ntfy: webhook=https://…
	EnvChannelQueues = "CHANNEL_QUEUES"
	EnvChannelDLQs   = "CHANNEL_DLQS"

	EnvMetricsTable = "METRICS_TABLE"
	EnvJobsTable    = "JOBS_TABLE"
	// EnvUserPoolID, EnvClientID (the browser's) and EnvCLIClientID (the command line's) are the user pool's.
	EnvUserPoolID  = "COGNITO_USER_POOL_ID"
	EnvClientID    = "COGNITO_CLIENT_ID"
	EnvCLIClientID = "COGNITO_CLI_CLIENT_ID"
	// EnvJWKSURL is where the pool's keys are, EnvSignInURL the hosted pages' origin; both differ on the local stack.
	EnvJWKSURL   = "JWKS_URL"
	EnvSignInURL = "SIGN_IN_URL"
	// EnvPublicURL is the origin under which a browser sees /api: no path, no slash at the end.
	EnvPublicURL = "PUBLIC_URL"
	// EnvSessionKeyParam names the SecureString that seals cursors and sign-in cookies; webapi makes it at first need.
	EnvSessionKeyParam = "SESSION_KEY_PARAM"
	// EnvSecretsKey is the KMS key that encrypts that parameter; absent is AWS's own.
	EnvSecretsKey    = "SECRETS_KEY_ARN"
	EnvReplayJob     = "REPLAY_JOB_FUNCTION"
	EnvScheduleGroup = "SCHEDULE_GROUP"
	// EnvScheduleTarget is the function that schedules call, EnvScheduleRole the role in which they do.
	EnvScheduleTarget = "SCHEDULE_TARGET_ARN"
	EnvScheduleRole   = "SCHEDULE_ROLE_ARN"
	EnvWorkflowLogs   = "WORKFLOW_LOG_GROUP"
	EnvVersion        = "VERSION"
	// EnvUsageKeys begins the names of the usage plans' keys; absent where the stage has no plans.
	EnvUsageKeys = "USAGE_KEYS"
)

// GCPercent is Go's own setting EnvGC for every Lambda: the first garbage collection comes at 16 MB of heap and not at 4,
// which the larger Lambdas reach before their first event (`make bench/coldstart`). All fit their memory many times over.
const GCPercent = "400"
