package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/wire"
)

func self(id string) string { return "/api/messages/" + id }

// moment leaves out a time that is not there.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func summaries(records []message.Record) []wire.Summary {
	all := make([]wire.Summary, 0, len(records))
	for i := range records {
		all = append(all, summary(records[i]))
	}
	return all
}

func summary(rec message.Record) wire.Summary {
	out := wire.Summary{
		ID: rec.ID, Status: string(rec.Status), Reason: string(rec.Reason), Detail: rec.Detail,
		Title: messagetype.Title(rec.Type, rec.Payload), Stage: rec.Stage,
		MessageType: rec.Type, Channel: rec.Channel, CreatedBy: rec.CreatedBy, CreatedAt: rec.CreatedAt.UTC(), UpdatedAt: rec.UpdatedAt.UTC(),
		Generation: rec.Generation, AttemptCount: len(rec.Attempts), Deadline: rec.Deadline.UTC(),
	}
	if rec.Status == message.StatusDeferred {
		out.NextAttemptAt = moment(rec.NextAttemptAt)
	}
	return out
}

// whole is a message with its history.
func (s *Service) whole(rec message.Record) wire.Message {
	out := wire.Message{
		Summary: summary(rec), Payload: payload(rec), Attempts: attempts(rec.Attempts), Acts: acts(rec.Acts),
		StartedAt: moment(rec.ExecutionStarted), ExecutionARN: rec.ExecutionARN, TraceID: rec.TraceID,
		Deferrals: rec.Deferrals, ExpiresAt: moment(rec.ExpiresAt), Links: s.links(rec),
	}
	if rec.Status.Final() {
		out.FinishedAt = moment(rec.UpdatedAt)
	}
	if rec.Status == message.StatusProcessing {
		out.LeaseUntil = moment(rec.LeaseUntil)
	}
	return out
}

// payload is shown as it was accepted; what somebody wrote by hand and is no JSON is shown as a text.
func payload(rec message.Record) json.RawMessage {
	if json.Valid([]byte(rec.Payload)) {
		return json.RawMessage(rec.Payload)
	}
	text, err := json.Marshal(map[string]string{"unreadable": rec.Payload})
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return text
}

func attempts(all []message.Attempt) []wire.Attempt {
	out := make([]wire.Attempt, 0, len(all))
	for _, a := range all {
		out = append(out, wire.Attempt{
			At: a.At.UTC(), Outcome: a.Outcome, Status: a.Status, Code: a.Code, LatencyMS: a.Latency.Milliseconds(),
			NtfyID: a.NtfyID, Detail: a.Detail, RetryAt: moment(a.RetryAt),
		})
	}
	return out
}

func acts(all []message.Act) []wire.Act {
	out := make([]wire.Act, 0, len(all))
	for _, a := range all {
		out = append(out, wire.Act{At: a.At.UTC(), By: a.By, What: string(a.What), Generation: a.Generation})
	}
	return out
}

// links lead into the AWS console; an execution's region stands in its ARN.
func (s *Service) links(rec message.Record) wire.Links {
	out := wire.Links{Self: self(rec.ID)}
	parts := strings.Split(rec.ExecutionARN, ":")
	const regionAt = 3
	if len(parts) <= regionAt {
		return out
	}
	region := parts[regionAt]
	console := fmt.Sprintf("https://%s.console.aws.amazon.com/", region)
	out.Execution = fmt.Sprintf("%sstates/home?region=%s#/express-executions/details/%s?startDate=%d",
		console, region, rec.ExecutionARN, rec.ExecutionStarted.UnixMilli())
	out.Logs = fmt.Sprintf("%scloudwatch/home?region=%s#logsV2:log-groups/log-group/%s/log-events%s",
		console, region, twice(s.logsOf(rec, parts)), once("?filterPattern=")+twice(`"`+rec.ID+`"`))
	if rec.TraceID != "" {
		out.Trace = fmt.Sprintf("%scloudwatch/home?region=%s#xray:traces/%s", console, region, rec.TraceID)
	}
	return out
}

// logsOf is the log group of the workflow that worked on the message. Another channel's is called like its state machine,
// which the execution's ARN names.
func (s *Service) logsOf(rec message.Record, arn []string) string {
	const machineAt = 6
	if rec.Channel == contract.ChannelNtfy || len(arn) <= machineAt {
		return s.WorkflowLogs
	}
	return path.Dir(s.WorkflowLogs) + "/" + arn[machineAt]
}

// once and twice encode as the console's own links into CloudWatch Logs do: per cent signs become dollar signs, and
// values are encoded a second time.
func once(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), "%", "$")
}

func twice(text string) string {
	return once(strings.ReplaceAll(url.QueryEscape(text), "+", "%20"))
}
