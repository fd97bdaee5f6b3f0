package contract

// Names of the stacks' outputs: under these `cdk deploy --outputs-file` writes the addresses that the local stack, the
// end-to-end tests and a person need.
const (
	OutputMessagesTable      = "MessagesTable"
	OutputCircuitTable       = "CircuitTable"
	OutputTopicARN           = "TopicArn"
	OutputQueueURL           = "QueueUrl"
	OutputDLQURL             = "DlqUrl"
	OutputSubscriptionDLQURL = "SubscriptionDlqUrl"
	OutputStateMachineARN    = "StateMachineArn"
	OutputWorkflowLogGroup   = "WorkflowLogGroup"
	OutputMetricsTable       = "MetricsTable"
	OutputJobsTable          = "JobsTable"
	OutputUserPoolID         = "UserPoolId"
	OutputClientID           = "ClientId"
	OutputCLIClientID        = "CliClientId"
	OutputAPIID              = "ApiId"
	OutputAPIURL             = "ApiUrl"
	OutputScheduleGroup      = "ScheduleGroup"
	OutputAlarmTopicARN      = "AlarmTopicArn"
	OutputCertificateARN     = "CertificateArn"
	// OutputFunction and a Lambda's task name together are the name of the output that holds its function's name.
	OutputFunction = "Function"
)
