package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/topic"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/steps"
)

// Addresses are all that another program needs to use a running stack.
type Addresses struct {
	Name string `json:"name"`
	// Endpoint is the local AWS; ProxyURL the same as the Lambdas see it.
	Endpoint string `json:"endpoint"`
	ProxyURL string `json:"proxy_url"`
	// NtfyURL is where messages go; StandinURL the stand-in's root, empty where the real ntfy is used.
	NtfyURL    string `json:"ntfy_url"`
	StandinURL string `json:"standin_url,omitempty"`
	// ReceiverURL is the root of the receiver of webhooks, WebhookSecret what it knows us by; both empty where the stack has
	// no webhook, as are WebhookQueueURL and WebhookDLQURL.
	ReceiverURL     string `json:"receiver_url,omitempty"`
	WebhookSecret   string `json:"webhook_secret,omitempty"`
	WebhookQueueURL string `json:"webhook_queue_url,omitempty"`
	WebhookDLQURL   string `json:"webhook_dlq_url,omitempty"`
	MessagesTable   string `json:"messages_table"`
	CircuitTable    string `json:"circuit_table"`
	TopicARN        string `json:"topic_arn"`
	QueueURL        string `json:"queue_url"`
	DLQURL          string `json:"dlq_url"`
	StateMachineARN string `json:"state_machine_arn"`
	WorkflowLogs    string `json:"workflow_logs"`
	MetricsTable    string `json:"metrics_table"`
	JobsTable       string `json:"jobs_table"`
	ScheduleGroup   string `json:"schedule_group"`
	// APIURL is the origin of the API, whose paths begin with /api; SignInURL that of the sign-in pages.
	APIURL      string `json:"api_url"`
	SignInURL   string `json:"sign_in_url"`
	UserPoolID  string `json:"user_pool_id"`
	ClientID    string `json:"client_id"`
	CLIClientID string `json:"cli_client_id"`
	// APIID is the API's id in API Gateway.
	APIID string `json:"api_id"`
	// Users are one for each role.
	Users       []User `json:"users"`
	TimeDivisor int    `json:"time_divisor"`
	// Functions are the Lambdas' names by task.
	Functions map[contract.Task]string `json:"functions"`
	PID       int                      `json:"pid"`
}

func (a *Addresses) take(outputs map[string]string) {
	a.MessagesTable, a.CircuitTable = outputs[contract.OutputMessagesTable], outputs[contract.OutputCircuitTable]
	a.TopicARN, a.StateMachineARN = outputs[contract.OutputTopicARN], outputs[contract.OutputStateMachineARN]
	a.QueueURL, a.DLQURL = outputs[contract.OutputQueueURL], outputs[contract.OutputDLQURL]
	a.WorkflowLogs = outputs[contract.OutputWorkflowLogGroup]
	a.MetricsTable, a.JobsTable = outputs[contract.OutputMetricsTable], outputs[contract.OutputJobsTable]
	a.ScheduleGroup, a.APIID = outputs[contract.OutputScheduleGroup], outputs[contract.OutputAPIID]
	a.UserPoolID = outputs[contract.OutputUserPoolID]
	a.ClientID, a.CLIClientID = outputs[contract.OutputClientID], outputs[contract.OutputCLIClientID]
	a.WebhookQueueURL, a.WebhookDLQURL = outputs[contract.OutputQueueURL+contract.ChannelWebhook], outputs[contract.OutputDLQURL+contract.ChannelWebhook]
	a.Functions = map[contract.Task]string{}
	for _, task := range contract.AllTasks() {
		if name := outputs[contract.OutputFunction+string(task)]; name != "" {
			a.Functions[task] = name
		}
	}
}

// Settings are the times with which the stack was deployed.
func (a *Addresses) Settings() settings.Settings { return settings.Default().Divided(a.TimeDivisor) }

// AWS is a client configuration for the stack's emulator.
func (a *Addresses) AWS() aws.Config { return emulator.Config(a.Endpoint) }

// Messages is the stack's table of records.
func (a *Addresses) Messages() *store.Messages {
	return store.NewMessages(dynamodb.NewFromConfig(a.AWS()), a.MessagesTable)
}

// Intake accepts messages as the scheduler does, with the same code, from outside.
func (a *Addresses) Intake() *intake.Intake {
	cfg := a.AWS()
	return &intake.Intake{
		Records:   store.NewMessages(dynamodb.NewFromConfig(cfg), a.MessagesTable),
		Publisher: &topic.Topic{Client: sns.NewFromConfig(cfg), ARN: a.TopicARN},
		Times:     message.TimesOf(a.Settings()), Stage: Stage, Channels: a.channels(), Now: message.Now,
	}
}

func (a *Addresses) channels() []string {
	if a.ReceiverURL == "" {
		return nil
	}
	return contract.ChannelNames()
}

// Dir is the folder of a stack's files, relative to the project.
func Dir(root, name string) string { return filepath.Join(root, "build", "local", name) }

func file(root, name string) string { return filepath.Join(Dir(root, name), "stack.json") }

// Open finds a running stack by its name.
func Open(root, name string) (*Addresses, error) {
	text, err := os.ReadFile(file(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notRunning(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the stack's addresses: %w", err)
	}
	var a Addresses
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("read the stack's addresses: %w", err)
	}
	if !alive(a.PID) {
		return nil, notRunning(name)
	}
	return &a, nil
}

func notRunning(name string) error {
	return &steps.Problem{
		Part: "stack " + name, Err: errors.New("it is not running"), Do: "start it with `make dev` in another terminal",
	}
}

// write notes the addresses for other programs of this user alone: the passwords are among them.
func (a *Addresses) write(root string) error {
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("write the stack's addresses: %w", err)
	}
	// A file that a killed stack left behind would keep its own mode.
	if err := os.Remove(file(root, a.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the stack's addresses: %w", err)
	}
	if err := os.WriteFile(file(root, a.Name), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the stack's addresses: %w", err)
	}
	return nil
}
