package faults

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/replayjob"
	"github.com/rezagent/rez_agent/internal/schedule"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/internal/wire"
)

// storiesAround are those of the Lambdas around the pipeline: whoever calls them calls again where they die.
func storiesAround() []story {
	return []story{
		{
			name: "api-created", says: "a program creates a message with an Idempotency-Key, until it is told that it is accepted",
			end: Completed, kills: []contract.Task{contract.TaskWebAPI}, tell: tellCreated,
		},
		{
			name: "api-let-in", says: "the same, and the authorizer has yet to read the user pool's keys",
			end: Completed, kills: []contract.Task{contract.TaskAuthorizer}, tell: tellLetIn,
		},
		{
			name: "api-unkeyed", says: "a person creates a message without a key, looks into the list where that fails, and creates another",
			end: Completed, kills: []contract.Task{contract.TaskWebAPI}, tell: tellUnkeyed, over: allDelivered,
		},
		{
			name: "api-replayed", says: "a person replays the generation that they saw, until the API says that it was",
			end: Completed, kills: []contract.Task{contract.TaskWebAPI}, tell: tellReplayed, over: allDelivered,
		},
		{
			name: "api-job", says: "a person replays by a filter and looks at the job until it is done",
			end: Completed, kills: []contract.Task{contract.TaskWebAPI, contract.TaskReplayJob}, tell: tellJob, over: allDelivered,
		},
		{
			name: "fired", says: "a user's schedule fires", end: Completed, kills: []contract.Task{contract.TaskFireSchedule}, tell: tellFired,
		},
		{
			name: "counted", says: "a message is delivered and counted", end: Completed, kills: []contract.Task{contract.TaskRollup},
			tell: tellCounted, over: allCounted,
		},
	}
}

// api is the operator's client. It repeats, as every client does, what may be repeated.
func (w *World) api(ctx context.Context) (*client.Client, error) {
	if w.token == "" {
		token, err := w.stack.Token(ctx, contract.RoleOperator)
		if err != nil {
			return nil, err
		}
		w.token = token
	}
	return &client.Client{
		BaseURL: w.stack.APIURL, Token: func(context.Context) (string, error) { return w.token, nil }, UserAgent: creator,
	}, nil
}

// subject is who the token says its bearer is.
func subject(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 { //nolint:mnd // header, claims, signature
		return "", errors.New("the access token is no JWT")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("read the access token: %w", err)
	}
	var claims struct{ Sub string }
	if err := json.Unmarshal(text, &claims); err != nil {
		return "", fmt.Errorf("read the access token: %w", err)
	}
	return claims.Sub, nil
}

// again repeats a call until it is answered; only an answer that says no ends it.
func (w *World) again(ctx context.Context, what string, call func(context.Context) error) error {
	return w.until(ctx, soon, what, func(ctx context.Context) (bool, string, error) {
		err := call(ctx)
		if refused, no := errors.AsType[*client.Problem](err); no && refused.Status < http.StatusInternalServerError {
			return false, "", err
		}
		return err == nil, fmt.Sprint(err), nil
	})
}

func notification(text string) wire.CreateMessage {
	return wire.CreateMessage{MessageType: messagetype.Notification.Name, Payload: json.RawMessage(payload(text))}
}

func tellCreated(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	api, err := w.api(ctx)
	if err != nil {
		return "", nil, err
	}
	caller, err := subject(w.token)
	key := w.nextID()
	id := intake.KeyedID(caller, key)
	return id, func(ctx context.Context) error {
		w.note(id)
		return w.again(ctx, "the message is accepted", func(ctx context.Context) error {
			accepted, err := api.CreateMessage(ctx, notification(key), key)
			if err == nil && accepted.ID != id {
				return fmt.Errorf("message %s was made of the key of %s", accepted.ID, id)
			}
			return err
		})
	}, err
}

func tellLetIn(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	if err := w.coldAuthorizer(ctx); err != nil {
		return "", nil, err
	}
	return tellCreated(ctx, w)
}

// tellUnkeyed: without a key nobody can say whether a request that failed made a message. What the list shows is booked.
func tellUnkeyed(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	api, err := w.api(ctx)
	began := time.Now()
	return "", func(ctx context.Context) error {
		var accepted wire.Accepted
		err := w.again(ctx, "a message is accepted", func(ctx context.Context) (err error) {
			accepted, err = api.CreateMessage(ctx, notification("unkeyed"), "")
			return err
		})
		if err != nil {
			return err
		}
		made := map[string]bool{}
		err = w.again(ctx, "the list shows what was accepted", func(ctx context.Context) error {
			page, err := api.Messages(ctx, wire.MessageFilter{CreatedAfter: &began}, "", 0)
			for _, one := range page.Items {
				made[one.ID] = true
			}
			if err == nil && !made[accepted.ID] {
				return fmt.Errorf("the list lacks message %s", accepted.ID)
			}
			return err
		})
		w.note(slices.Collect(maps.Keys(made))...)
		return err
	}, err
}

// refusedRecord is a message that ntfy refused, which somebody may replay.
func (w *World) refusedRecord(ctx context.Context, by string) (message.Record, error) {
	rec := w.newRecord(func(rec *message.Record) {
		rec.Status, rec.Reason, rec.CreatedBy = message.StatusFailed, message.ReasonRefused, by
	})
	return rec, w.create(ctx, rec)
}

func tellReplayed(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	api, err := w.api(ctx)
	if err != nil {
		return "", nil, err
	}
	rec, err := w.refusedRecord(ctx, creator)
	return rec.ID, func(ctx context.Context) error {
		return w.again(ctx, "the message is replayed", func(ctx context.Context) error {
			_, err := api.Replay(ctx, rec.ID, rec.Generation)
			if done, no := errors.AsType[*client.Problem](err); no && done.Status == http.StatusConflict {
				return nil // by the request whose answer was lost
			}
			return err
		})
	}, err
}

func tellJob(ctx context.Context, w *World) (string, func(context.Context) error, error) {
	const messages = 3
	api, err := w.api(ctx)
	if err != nil {
		return "", nil, err
	}
	by := "faults:" + w.nextID()
	for range messages {
		if _, err := w.refusedRecord(ctx, by); err != nil {
			return "", nil, err
		}
	}
	replay := wire.CreateReplay{Filter: wire.MessageFilter{Status: string(message.StatusFailed), CreatedBy: by}}
	return "", func(ctx context.Context) error {
		var job wire.ReplayJob
		err := w.again(ctx, "the job is accepted", func(ctx context.Context) (err error) {
			job, err = api.CreateReplay(ctx, replay)
			return err
		})
		if err != nil {
			return err
		}
		return w.until(ctx, w.patience(), "the job is done", func(ctx context.Context) (bool, string, error) {
			seen, err := api.ReplayJob(ctx, job.ID)
			return err == nil && seen.State == string(replayjob.StateDone), fmt.Sprintf("%s %s %v", seen.State, seen.Detail, err), nil
		})
	}, nil
}

// allDelivered: the row's messages are, which for one that is to be replayed is not so at the beginning.
func allDelivered(ctx context.Context, w *World) (bool, string, error) {
	records, err := w.records(ctx)
	if err != nil {
		return false, "", err
	}
	for _, id := range w.row.sent {
		if rec := records[id]; rec.Status != message.StatusCompleted {
			return false, tell(rec), nil
		}
	}
	return true, fmt.Sprintf("%d delivered", len(records)), nil
}

func tellFired(_ context.Context, w *World) (string, func(context.Context) error, error) {
	event := schedule.FiredEvent{
		ScheduleID: w.nextID(), ScheduledTime: time.Now().UTC().Format(time.RFC3339), Type: messagetype.Notification.Name,
		Payload: json.RawMessage(payload("fired")),
	}
	request, err := event.Request()
	return request.ID, func(ctx context.Context) error {
		w.note(request.ID)
		// EventBridge Scheduler calls again until the call succeeds.
		return w.until(ctx, soon, "the event was taken", func(ctx context.Context) (bool, string, error) {
			err := w.stack.Invoke(ctx, contract.TaskFireSchedule, event, nil)
			return err == nil, fmt.Sprint(err), nil
		})
	}, err
}

// tellCounted: the messages of the story are a series of their own among the counters.
func tellCounted(_ context.Context, w *World) (string, func(context.Context) error, error) {
	rec := w.newRecord(func(rec *message.Record) { rec.Stage = w.countedStage() })
	return rec.ID, func(ctx context.Context) error {
		if err := w.create(ctx, rec); err != nil {
			return err
		}
		return w.enqueue(ctx, ticket(rec))
	}, nil
}

func (w *World) countedStage() string {
	return "counted-" + uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, w.seed)).String()[:8]
}

// allCounted: all are delivered, and the counters say what the records prove: not less, and not more.
func allCounted(ctx context.Context, w *World) (bool, string, error) {
	delivered, how, err := allDelivered(ctx, w)
	if err != nil || !delivered {
		return false, how, err
	}
	records, err := w.records(ctx)
	if err != nil {
		return false, "", err
	}
	var proven, counted metrics.Counters
	from, meter := time.Now(), metrics.Meter{Deadline: w.settings().Deadline}
	for _, rec := range records {
		if rec.CreatedAt.Before(from) {
			from = rec.CreatedAt
		}
		for _, delta := range meter.Prove(rec) {
			proven = proven.Plus(delta.Counters)
		}
	}
	hours, err := store.NewMetrics(dynamodb.NewFromConfig(w.stack.AWS()), w.stack.MetricsTable).Hours(ctx,
		metrics.MessageSeries(w.countedStage(), messagetype.Notification.Name), metrics.HourOf(from), metrics.HourOf(time.Now()))
	for _, hour := range hours {
		counted = counted.Plus(hour)
	}
	return counted == proven, fmt.Sprintf("counted %+v, the records prove %+v", counted, proven), err
}
