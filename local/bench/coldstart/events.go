package coldstart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store"
)

// payload of the messages: a common one.
const payload = `{"message":"Backup of database orders finished: 12 tables, 48 MB in 31 s. Next run tomorrow at 02:30 UTC."}`

// scene prepares one start: it puts into the cloud what the Lambda will find there, and gives the event that it gets and
// a part of the answer by which a handler that did its whole work is known.
type scene func(ctx context.Context, w *world) (event any, answers string, err error)

// scenes are the events on which each Lambda does what it does in a message's life that goes well, every call included;
// of those that a message meets only when something is wrong, what they do then.
func scenes() map[contract.Task]scene {
	return map[contract.Task]scene{
		contract.TaskScheduler:      ruleFires(`"status":"created"`),
		contract.TaskSweeper:        ruleFires(`"looked":0`),
		contract.TaskProcessor:      ticketArrives,
		contract.TaskMarkProcessing: executionStarts,
		contract.TaskCheckCircuit:   held(contract.OutcomeProceed, func(work delivery.Work) any { return work }),
		contract.TaskSendNtfy:       held(contract.OutcomeDelivered, func(work delivery.Work) any { return delivery.SendInput{Work: work} }),
		contract.TaskMarkCompleted: held(contract.OutcomeCompleted, func(work delivery.Work) any {
			work.Attempt = &delivery.Delivery{At: message.Now(), Status: http.StatusOK, LatencyMS: 80, NtfyID: "hwQ2YpKdmg"}
			return work
		}),
		contract.TaskMarkDeferred: held(contract.OutcomeDeferred, failedWith(contract.ErrorNtfyUnavailable)),
		contract.TaskMarkFailed:   held(contract.OutcomeFailed, failedWith(contract.ErrorNtfyRejected)),
		contract.TaskWebAPI:       messageIsPosted,
		contract.TaskAuthorizer:   tokenIsShown,
		contract.TaskRollup:       recordIsWritten,
		contract.TaskFireSchedule: scheduleFires,
		contract.TaskReplayJob:    jobIsFound,
	}
}

// ruleFires is EventBridge's event.
func ruleFires(answers string) scene {
	return func(context.Context, *world) (any, string, error) {
		return events.EventBridgeEvent{
			ID: requestID, Source: "aws.events", DetailType: "Scheduled Event", Time: time.Now(), Region: region, AccountID: account,
			Resources: []string{"arn:aws:events:" + region + ":" + account + ":rule/rez-agent-hello-coldstart"},
		}, answers, nil
	}
}

// newRecord is an accepted message.
func newRecord() message.Record {
	return message.New(uuid.NewString(), messagetype.Notification.Name, contract.ChannelNtfy, stage, "bench", payload,
		message.Now(), times())
}

func times() message.Times { return message.TimesOf(settings.Default()) }

func ticketArrives(context.Context, *world) (any, string, error) {
	ticket, err := json.Marshal(newRecord().Ticket(message.EventCreated, message.Now()))
	return events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: requestID, Body: string(ticket), EventSource: "aws:sqs",
		Attributes: map[string]string{"ApproximateReceiveCount": "1"},
	}}}, `{"batchItemFailures":[]}`, err
}

func executionStarts(ctx context.Context, w *world) (any, string, error) {
	rec := newRecord()
	start := delivery.Start{Ticket: rec.Ticket(message.EventCreated, message.Now()), Execution: execution(rec)}
	return start, outcome(contract.OutcomeProceed), w.messages.Create(ctx, rec)
}

func execution(rec message.Record) message.Execution {
	return message.Execution{ARN: executionARN, Name: "q-" + rec.ID + "-1-0-1", Started: message.Now()}
}

func outcome(o contract.Outcome) string { return fmt.Sprintf(`"outcome":%q`, o) }

// held is a step in the middle: the record is in the execution's hands.
func held(ends contract.Outcome, event func(delivery.Work) any) scene {
	return func(ctx context.Context, w *world) (any, string, error) {
		rec := newRecord()
		execution := execution(rec)
		rec, took := rec.Take(rec.Ticket(message.EventCreated, message.Now()), execution, message.Now(), times())
		if took != contract.OutcomeProceed {
			return nil, "", fmt.Errorf("a new message was not taken: %s", took)
		}
		work := delivery.Work{
			MessageID: rec.ID, Generation: rec.Generation, Channel: rec.Channel, Outcome: contract.OutcomeProceed,
			Execution: execution, Deadline: rec.Deadline,
		}
		return event(work), outcome(ends), w.messages.Create(ctx, rec)
	}
}

func failedWith(name string) func(delivery.Work) any {
	return func(work delivery.Work) any {
		work.Error = &delivery.Caught{Error: name, Cause: "coldstart"}
		return work
	}
}

// messageIsPosted is a message that an operator sends.
func messageIsPosted(context.Context, *world) (any, string, error) {
	caller := auth.Caller{
		Subject: "coldstart", Name: "user:alice", Role: contract.RoleOperator, Via: auth.ViaBearer, Expires: time.Now().Add(time.Hour),
	}
	return events.APIGatewayProxyRequest{
		HTTPMethod: http.MethodPost, Path: "/messages", Resource: "/{proxy+}",
		Headers: map[string]string{"Content-Type": "application/json", "Host": "coldstart.example"},
		Body:    `{"message_type":"` + messagetype.Notification.Name + `","payload":` + payload + `}`,
		RequestContext: events.APIGatewayProxyRequestContext{
			RequestID: requestID, Stage: contract.APIStage, DomainName: "coldstart.example", Authorizer: caller.GatewayContext(),
			Identity: events.APIGatewayRequestIdentity{SourceIP: "127.0.0.1"},
		},
	}, `"statusCode":202`, nil
}

func tokenIsShown(_ context.Context, w *world) (any, string, error) {
	return events.APIGatewayCustomAuthorizerRequestTypeRequest{
		Type: "REQUEST", MethodArn: "arn:aws:execute-api:" + region + ":" + account + ":abc/api/GET/messages",
		Headers: map[string]string{"Authorization": "Bearer " + w.token},
	}, `"role":"operator"`, nil
}

// recordIsWritten is the stream's first record of a message: it was accepted.
func recordIsWritten(ctx context.Context, w *world) (any, string, error) {
	if err := w.messages.Create(ctx, newRecord()); err != nil {
		return nil, "", fmt.Errorf("write a record: %w", err)
	}
	image := w.cloud.get(messagesTable)
	w.cloud.forget() // nothing is counted yet
	return map[string]any{"Records": []any{map[string]any{
		"eventID": requestID, "eventName": "INSERT", "eventSource": "aws:dynamodb",
		"dynamodb": map[string]any{"NewImage": image},
	}}}, `"skipped":0`, nil
}

func scheduleFires(context.Context, *world) (any, string, error) {
	return schedule.FiredEvent{
		ScheduleID: requestID, ScheduledTime: time.Now().UTC().Format(time.RFC3339), Type: messagetype.Notification.Name,
		Payload: json.RawMessage(payload), Entry: schedule.Origin{Name: "Nightly", CreatedBy: "user:alice", CreatedAt: time.Now()},
	}, `"status":"created"`, nil
}

// jobIsFound is a replay whose filter matches nothing: its first page is its last.
func jobIsFound(ctx context.Context, w *world) (any, string, error) {
	now := message.Now()
	job := replayjob.Job{
		ID: requestID, State: replayjob.StateRunning, CreatedBy: "user:alice", CreatedAt: now, UpdatedAt: now,
		ExpiresAt: now.Add(time.Hour).Truncate(time.Second), Version: 1,
	}
	return replayjob.Event{JobID: job.ID}, `{}`, store.NewJobs(w.client, jobsTable).Create(ctx, job)
}
