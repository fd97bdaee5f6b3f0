package faults

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/uuid"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store"
	"github.com/rezagent/rez_agent/local/proxy"
	"github.com/rezagent/rez_agent/local/stack"
)

// ntfy is the service under which requests to ntfy are broken and noted, beside AWS's own.
const ntfyService = "ntfy"

// World is a deployed stack and all that passes between its parts. It runs one row at a time.
type World struct {
	stack *stack.Stack
	root  string
	// seed is that of the random choices; what has a seed of its own does not use it.
	seed uint64

	// faults break AWS calls and requests to ntfy; log holds those that went on.
	faults proxy.Faults
	log    proxy.Log

	mu   sync.Mutex
	made int // ids
	// events are the schedule's events, each an hour before the one made before it.
	events int
	row    rowWorld
	// killed are the points, of all rows, at which a Lambda was killed.
	killed map[proxy.Point]bool
	// token is the operator's access token for the API, once it was needed.
	token string
	// keys is the origin before the user pool's keys, once it was needed.
	keys string
	// calm is the last moment at which the row sent or healed something.
	calm time.Time
}

// rowWorld is what one row did.
type rowWorld struct {
	// sent are the accepted messages, in order.
	sent []string
	// earlier are sequence ids that were rightly shown before a replay.
	earlier []string
	// deleted are messages whose record the row took away.
	deleted map[string]bool
	// poison are queue items that are no tickets; the DLQ must have them.
	poison []string
}

// NewWorld is a world whose random row follows from seed. Its BeforeNtfy belongs before the stack's stand-in and its
// Intercept into the stack's proxy; Deployed gives it the stack.
func NewWorld(seed uint64) *World {
	return &World{seed: seed, killed: map[proxy.Point]bool{}}
}

// Deployed gives the world its stack, which must have the stand-in, and the project's folder.
func (w *World) Deployed(s *stack.Stack, root string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stack, w.root = s, root
}

// Intercept is the proxy's Interceptor.
func (w *World) Intercept(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
	proxy.Chain(w.faults.Intercept, w.log.Intercept)(call, rw, r, next)
}

// BeforeNtfy stands before the stand-in: requests to ntfy are sendntfy's outside calls too.
func (w *World) BeforeNtfy(next http.Handler) http.Handler {
	hook := func(call proxy.Call, rw http.ResponseWriter, r *http.Request, next http.Handler) {
		call.Caller = w.sender()
		w.Intercept(call, rw, r, next)
	}
	return proxy.Before(ntfyService, hook, next)
}

// sender is the Lambda that calls ntfy; empty before anything is deployed.
func (w *World) sender() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stack == nil {
		return ""
	}
	return w.stack.Functions[contract.TaskSendNtfy]
}

func (w *World) settings() settings.Settings { return w.stack.Settings() }

// queueVisibility is what the deployed queue would have if AWS's rule about the processor's timeout did not forbid it in
// divided time: shorter than settings.LeastVisibility, and longer than two leases, within which a batch ends.
func (w *World) queueVisibility() time.Duration {
	return max(settings.Default().Visibility/time.Duration(w.stack.TimeDivisor), 2*settings.LeastLease)
}

func (w *World) shortenVisibility(ctx context.Context) error {
	return w.setVisibility(ctx, w.queueVisibility())
}

func (w *World) setVisibility(ctx context.Context, long time.Duration) error {
	_, err := w.sqs().SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: aws.String(w.stack.QueueURL), Attributes: map[string]string{
			string(sqstypes.QueueAttributeNameVisibilityTimeout): strconv.Itoa(int(long.Seconds())),
		},
	})
	if err != nil {
		return fmt.Errorf("set the queue's visibility: %w", err)
	}
	return nil
}

// begin sweeps the stack clean, so that nothing of one row reaches into the next.
func (w *World) begin(ctx context.Context) error {
	w.heal()
	for _, step := range []func(context.Context) error{
		w.purge, w.untilNothingRuns, w.purge, w.forgetUnfinished, w.forgetCircuit,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	w.stack.Standin.Reset()
	w.log.Reset()
	w.row = rowWorld{deleted: map[string]bool{}}
	w.calm = time.Now()
	return nil
}

// heal mends everything that the row broke.
func (w *World) heal() {
	w.faults.Heal()
	w.stack.Standin.Heal()
	w.calm = time.Now()
}

func (w *World) purge(ctx context.Context) error {
	for _, url := range []string{w.stack.QueueURL, w.stack.DLQURL} {
		if _, err := w.sqs().PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(url)}); err != nil {
			return fmt.Errorf("empty the queue: %w", err)
		}
	}
	return nil
}

// forgetUnfinished deletes records that wait, or the sweeper would deliver them in the next row.
func (w *World) forgetUnfinished(ctx context.Context) error {
	records, err := w.records(ctx)
	if err != nil {
		return err
	}
	for id, rec := range records {
		if rec.Status.Final() {
			continue
		}
		if err := w.deleteRecord(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) deleteRecord(ctx context.Context, id string) error {
	_, err := w.dynamoDB().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(w.stack.MessagesTable), Key: itemKey(contract.MessageKey, id),
	})
	if err != nil {
		return fmt.Errorf("delete message %s: %w", id, err)
	}
	return nil
}

func (w *World) forgetCircuit(ctx context.Context) error {
	_, err := w.dynamoDB().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(w.stack.CircuitTable), Key: itemKey(contract.CircuitKey, contract.ChannelNtfy),
	})
	if err != nil {
		return fmt.Errorf("forget the circuit: %w", err)
	}
	return nil
}

func itemKey(name, value string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{name: &types.AttributeValueMemberS{Value: value}}
}

func (w *World) circuit(ctx context.Context) (circuit.Circuit, error) {
	item, err := w.circuits().LoadCircuit(ctx, contract.ChannelNtfy)
	return item.Circuit, err
}

func (w *World) circuits() *store.Circuits {
	return store.NewCircuits(w.dynamoDB(), w.stack.CircuitTable)
}

func (w *World) dynamoDB() *dynamodb.Client { return dynamodb.NewFromConfig(w.stack.AWS()) }

func (w *World) sqs() *sqs.Client { return sqs.NewFromConfig(w.stack.AWS()) }

// client is the intake of a program that reaches AWS as the Lambdas do: through the proxy.
func (w *World) client() *intake.Intake {
	through := w.stack.Addresses
	through.Endpoint = through.ProxyURL
	return through.Intake()
}

// nextID is a message id that follows from the seed.
func (w *World) nextID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%d/%d", w.seed, w.made)).String()
}
