package infra

import (
	"fmt"

	"github.com/rezagent/rez_agent/internal/contract"
)

// name is the physical name of one thing of the stage: rez-agent-<what>-<stage>.
func (s Stage) name(what string) string {
	return fmt.Sprintf("rez-agent-%s-%s", what, s.Name)
}

func (s Stage) functionName(task contract.Task) string {
	return s.name(string(task))
}

func (s Stage) functionLogGroupName(task contract.Task) string {
	return "/aws/lambda/" + s.functionName(task)
}

// workflowLogGroupName begins with the prefix whose groups share one resource policy: in an account with many groups a
// deployment fails when that policy grows too long.
func (s Stage) workflowLogGroupName() string {
	return s.workflowLogGroupNameOf(contract.Ntfy())
}

func (s Stage) workflowLogGroupNameOf(channel contract.Channel) string {
	return "/aws/vendedlogs/states/" + s.name(channel.Workflow)
}

// accessLogGroupName holds a line for each request to the API.
func (s Stage) accessLogGroupName() string {
	return "/aws/apigateway/" + s.name("api")
}

// scheduleGroupName holds the schedules that users make.
func (s Stage) scheduleGroupName() string {
	return "rez-agent-" + s.Name
}

// sessionKeyParam is where webapi keeps the key that seals cursors and sign-in cookies, as a SecureString.
func (s Stage) sessionKeyParam() string {
	return fmt.Sprintf("/rez-agent/%s/session-key", s.Name)
}

// apiKeyParam is where an operator puts ntfy's token, as a SecureString. CloudFormation cannot make one, so this app
// only lets SendNtfy read it.
func (s Stage) apiKeyParam() string {
	return fmt.Sprintf("/rez-agent/%s/ntfy-api-key", s.Name)
}
