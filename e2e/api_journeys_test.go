package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/wire"
	"github.com/rezagent/rez_agent/local/standin"
)

// refusal makes ntfy refuse some messages for their own sake.
func refusal(count int) standin.Fault {
	const iconIsNoAddress = 40021
	return standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: iconIsNoAddress, Count: count}
}

// failedFor makes a record that has failed.
func failedFor(reason message.Reason) func(*message.Record) {
	return func(rec *message.Record) {
		rec.Status, rec.Reason, rec.Detail = message.StatusFailed, reason, "made by a test"
	}
}

func TestAPersonSendsAndSeesWhatBecameOfIt(t *testing.T) {
	s := begin(t)
	c := s.cli(operator)
	waited := c.ok("send", "--wait", "--title", "Hello", "--output", "json", "by hand")
	id := last[identified](c, waited).ID
	s.ids = append(s.ids, id)
	require.Equal(t, "completed", last[wire.Message](c, waited).Status)
	require.Equal(t, "Hello", deployed.Standin.Shown("")[0].Title)
	require.Contains(t, c.ok("list", "--limit", "5").out, id)
	require.Contains(t, c.ok("show", id).out, "delivered")
	require.Contains(t, c.ok("open", "--print", id).out, "console.aws.amazon.com")
	require.Contains(t, c.ok("whoami").out, "operator")
	require.Contains(t, c.ok("health").out, "ok")

	shown, err := s.api(viewer).Message(s.context(), id)
	require.NoError(t, err)
	require.Equal(t, "user:operator", shown.CreatedBy)
	require.Len(t, shown.Attempts, 1)
	require.NotNil(t, shown.StartedAt)
	require.NotNil(t, shown.FinishedAt)
	require.Contains(t, shown.Links.Execution, "#/express-executions/details/"+shown.ExecutionARN)
	require.NotEmpty(t, shown.Links.Logs)
	s.books()
}

func TestAMistakeAtTheCommandLineChangesNothing(t *testing.T) {
	s := begin(t)
	before := s.footprint()
	nobody, looker, c := s.cli(operator), s.cli(viewer), s.cli(operator)
	nobody.token = "garbage"
	unknown := uuid.NewString()
	for name, got := range map[string]struct {
		said said
		code int
	}{
		"not signed in":        {nobody.run("send", "x"), exitNotAllowed},
		"not allowed":          {looker.run("send", "x"), exitNotAllowed},
		"not allowed to move":  {looker.run("circuit", "open"), exitNotAllowed},
		"an unknown message":   {c.run("show", unknown), exitNotFound},
		"an unknown schedule":  {c.run("schedules", "run", unknown), exitNotFound},
		"an unknown replay":    {c.run("replays", "show", unknown), exitNotFound},
		"an unknown flag":      {c.run("send", "--now", "x"), exitUsage},
		"a field that is off":  {c.run("send", "--icon", "x", "x"), exitUsage},
		"a wrong schedule":     {c.run("schedules", "create", "n", "rate(1 minutes)", "x"), exitUsage},
		"an empty text":        {c.run("send"), exitUsage},
		"a replay of the list": {c.run("replay", "--status", "created", "--yes"), exitUsage},
	} {
		require.Equal(t, got.code, got.said.code, "%s: %+v", name, got.said)
		require.NotEmpty(t, got.said.err, name)
		require.Empty(t, got.said.out, name)
	}
	require.Equal(t, before, s.footprint())
}

func TestARefusedMessageIsDeliveredByAReplay(t *testing.T) {
	s := begin(t)
	s.breakNtfy(refusal(1))
	c := s.cli(operator)
	got := c.run("send", "--wait", "--output", "json", "refused at first")
	require.Equal(t, exitFailed, got.code, got.err)
	failed := last[wire.Message](c, got)
	s.ids = append(s.ids, failed.ID)
	require.Equal(t, "refused", failed.Reason)
	require.Contains(t, c.ok("list", "--status", "failed").out, failed.ID)

	c.ok("replay", "--wait", failed.ID)
	rec := s.load(failed.ID)
	require.Equal(t, 2, rec.Generation)
	require.Equal(t, message.ActReplayed, rec.Acts[0].What)
	require.Equal(t, "user:operator", rec.Acts[0].By)
	shown, err := s.api(viewer).Message(s.context(), failed.ID)
	require.NoError(t, err)
	require.Len(t, shown.Attempts, 2)
	require.Len(t, shown.Acts, 1)
	s.books()
	s.requireAudited("replay", failed.ID)
}

// requireAudited requires the log line that says who did it.
func (s *scenario) requireAudited(act, target string) {
	s.Helper()
	s.eventually(soon, "the audit's line is there", func() (bool, string) {
		lines, err := logLines(s.context(), s.since, fmt.Sprintf(`"act":%q,"target":%q,"by":"user:operator"`, act, target))
		require.NoError(s, err)
		return len(lines) == 1, fmt.Sprint(lines)
	})
}

func TestAReplayByFilterDeliversWhatFailedAndNothingElse(t *testing.T) {
	s := begin(t)
	const failures = 12
	s.breakNtfy(refusal(failures))
	api, c := s.api(operator), s.cli(operator)
	for i := range failures {
		s.create(api, fmt.Sprintf("fails at first %d", i), "")
	}
	for _, id := range s.ids {
		s.until(soon, id, "has failed", func(rec message.Record) bool { return rec.Status == message.StatusFailed })
	}
	s.completed(soon, s.create(api, "goes well", ""))

	since := s.since.UTC().Format(time.RFC3339Nano)
	filter := []string{"replay", "--status", "failed", "--created-by", "user:operator", "--created-after", since}
	require.Equal(t, exitUsage, c.run(filter...).code, "nobody is there to say yes")
	require.Contains(t, c.ok(append(filter, "--yes")...).err, "12 messages")
	s.allCompleted(soon)
	s.untilQueueEmpty(soon)
	s.books()
	for i, id := range s.ids {
		generation := 2
		if i == failures {
			generation = 1
		}
		require.Equal(t, generation, s.load(id).Generation)
	}
	again, err := api.CreateReplay(s.context(), wire.CreateReplay{
		Filter: wire.MessageFilter{Status: "failed", CreatedBy: "user:operator", CreatedAfter: &s.since}, DryRun: true,
	})
	require.NoError(t, err)
	require.Equal(t, "0", again.Count)
}

func TestAReplayByFilterSaysHowFarItIsAndIsCancelledOnce(t *testing.T) {
	s := begin(t)
	api := s.api(operator)
	job, err := api.CreateReplay(s.context(), wire.CreateReplay{
		Filter: wire.MessageFilter{Status: "failed", CreatedBy: "nobody", CreatedAfter: &s.since},
	})
	require.NoError(t, err)
	s.eventually(soon, "the job is done", func() (bool, string) {
		now, err := api.ReplayJob(s.context(), job.ID)
		require.NoError(t, err)
		return now.State == "done", fmt.Sprintf("%+v", now)
	})
	ended := s.ask(request{method: http.MethodPost, path: "/api/replays/" + job.ID + "/cancel", bearer: s.token(operator)})
	s.problem(ended, http.StatusConflict, "wrong_status")
}

func TestWhatEndedInTheDLQIsDeliveredByARedrive(t *testing.T) {
	s := begin(t)
	faulted := s.record("something of ours broke", failedFor(message.ReasonPipelineFault))
	expired := s.record("waited too long", failedFor(message.ReasonExpired))
	refused := s.record("refused", failedFor(message.ReasonRefused))
	ofExpired := expired.Ticket(message.EventRedriven, time.Now())
	ofExpired.Replay = true
	s.bury(ticket(faulted), written(ofExpired), ticket(refused), `{"poison`)
	c := s.cli(operator)

	letters := last[wire.DeadLetters](c, c.ok("dlq", "--output", "json"))
	require.Equal(t, 4, letters.Depth)
	redrivable := map[string]bool{}
	for _, letter := range letters.Sample {
		redrivable[letter.MessageID] = letter.Redrivable
	}
	require.Equal(t, map[string]bool{faulted.ID: true, expired.ID: true, refused.ID: false, "": false}, redrivable)
	require.Contains(t, c.ok("dlq").out, faulted.ID)
	require.Equal(t, exitFailed, c.run("dlq", "redrive", refused.ID).code, "it has its own way back: a replay")

	c.ok("dlq", "redrive", faulted.ID)
	rec := s.completed(soon, faulted.ID)
	require.Equal(t, message.ActRedriven, rec.Acts[0].What)
	require.Equal(t, "user:operator", rec.Acts[0].By)
	s.eventually(soon, "its letter is gone", func() (bool, string) {
		left := s.deadLetters()
		return len(left) == 3, fmt.Sprint(left)
	})
	c.ok("dlq", "redrive", "--all")
	require.Equal(t, 2, s.completed(soon, expired.ID).Generation)
	s.eventually(soon, "the queue has had all of them", func() (bool, string) {
		runs := calls.runs(refused.ID)
		return len(runs) == 1 && !runs[0].end.IsZero(), fmt.Sprint(runs)
	})
	s.books()
	require.Equal(t, message.StatusFailed, s.load(refused.ID).Status, "its ticket has nothing left to deliver")
	require.Empty(t, s.deadLetters())
}

// bury puts bodies into the DLQ.
func (s *scenario) bury(bodies ...string) {
	s.Helper()
	for _, body := range bodies {
		_, err := s.sqs().SendMessage(s.context(), &sqs.SendMessageInput{QueueUrl: aws.String(deployed.DLQURL), MessageBody: aws.String(body)})
		require.NoError(s, err)
	}
}

func written(t message.Ticket) string {
	body, err := json.Marshal(t)
	if err != nil {
		panic(err) // a ticket is always JSON
	}
	return string(body)
}

func TestAnOperatorStopsAllDeliveryAndLetsItGoOn(t *testing.T) {
	s := begin(t)
	c := s.cli(operator)
	c.ok("circuit", "open")
	s.untilCircuit(soon, "is forced open", func(now circuit.Circuit) bool {
		return now.State == circuit.Open && now.Cause == circuit.CauseForced
	})
	id := c.sent("waits for the operator")
	rec := s.until(soon, id, "waits", func(rec message.Record) bool { return rec.Status == message.StatusDeferred })
	require.Equal(t, message.ReasonCircuitOpen, rec.Reason)
	shown := last[wire.Circuit](c, c.ok("circuit", "--output", "json"))
	require.Equal(t, "open", shown.State)
	require.Equal(t, "forced", shown.Cause)
	require.Equal(t, "user:operator", shown.ChangedBy)
	require.Zero(t, deployed.Standin.Counts().Requests)
	s.eventually(soon, "it is counted among what waits", func() (bool, string) {
		waiting := last[wire.Metrics](c, c.ok("metrics", "--output", "json")).Waiting
		return waiting.Deferred.Count > 0, fmt.Sprintf("%+v", waiting)
	})
	require.Contains(t, c.ok("list", "--status", "deferred").out, "waits for the operator", "a row says what its message says")

	c.ok("circuit", "reset")
	c.ok("tail", id)
	history := last[wire.Circuit](c, c.ok("circuit", "--output", "json")).History
	require.GreaterOrEqual(t, len(history), 2)
	for i, reason := range []string{"reset", "forced"} {
		require.Equal(t, reason, history[i].Reason, "newest first")
		require.Equal(t, "user:operator", history[i].By)
	}
	s.allCompleted(soon)
	s.books()
	s.requireClosed()
	s.requireAudited("open-circuit", "ntfy")
	s.requireAudited("reset-circuit", "ntfy")
}
