package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/workflow"
	"github.com/rezagent/rez_agent/local/emulator"
	"github.com/rezagent/rez_agent/local/proxy"
)

// broken gives a proxy with one fault, before an AWS that counts the calls that reach it.
func broken(t *testing.T, fault proxy.Fault) (p *proxy.Proxy, work *proxy.Broken, reached *atomic.Int32) {
	t.Helper()
	reached = &atomic.Int32{}
	emulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(emulator.Close)
	p = before(t, emulator.URL)
	faults := &proxy.Faults{}
	work = faults.Break(fault)
	p.Intercept(faults.Intercept)
	return p, work, reached
}

// The SDKs must take what we answer for what the service itself says: its type, and whether to try again.
func TestEveryServiceSaysThrottleAndFaultInItsOwnForm(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, aws.Config) error{
		"dynamodb": func(ctx context.Context, cfg aws.Config) error {
			_, err := dynamodb.NewFromConfig(cfg).GetItem(ctx, &dynamodb.GetItemInput{
				TableName: aws.String("t"), Key: map[string]dynamotypes.AttributeValue{"id": &dynamotypes.AttributeValueMemberS{Value: "1"}},
			})
			return err
		},
		"sqs": func(ctx context.Context, cfg aws.Config) error {
			_, err := sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("q"), MessageBody: aws.String("b")})
			return err
		},
		"sns": func(ctx context.Context, cfg aws.Config) error {
			_, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{TopicArn: aws.String("t"), Message: aws.String("m")})
			return err
		},
		"ssm": func(ctx context.Context, cfg aws.Config) error {
			_, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("p")})
			return err
		},
		"states": func(ctx context.Context, cfg aws.Config) error {
			_, err := workflow.NewClient(cfg).StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{StateMachineArn: aws.String("a")})
			return err
		},
	}
	throttle := map[string]func(error) bool{
		"dynamodb": is[*dynamotypes.ProvisionedThroughputExceededException], "sqs": is[*sqstypes.RequestThrottled],
		"sns": coded("Throttled"), "ssm": coded("ThrottlingException"), "states": coded("ThrottlingException"),
	}
	fault := map[string]func(error) bool{
		"dynamodb": is[*dynamotypes.InternalServerError], "sqs": coded("InternalFailure"),
		"sns": is[*snstypes.InternalErrorException], "ssm": coded("InternalServerError"), "states": coded("InternalFailure"),
	}
	for service, call := range calls {
		for effect, fits := range map[proxy.Effect]func(error) bool{proxy.Throttle: throttle[service], proxy.Fail: fault[service]} {
			t.Run(service+" "+string(effect), func(t *testing.T) {
				t.Parallel()
				p, work, reached := broken(t, proxy.Fault{Match: proxy.Match{Service: service}, Effect: effect})
				err := call(t.Context(), emulator.Config(p.URL))
				require.True(t, fits(err), "%v", err)
				require.Zero(t, reached.Load(), "nothing was done")
				taken, err := work.Taken()
				require.NoError(t, err)
				if service == "states" && effect == proxy.Fail {
					require.Equal(t, 1, taken, "an execution that may have run is not started again")
				} else {
					require.GreaterOrEqual(t, taken, 3, "the SDK tries again")
				}
			})
		}
	}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func coded(code string) func(error) bool {
	return func(err error) bool {
		said, ok := errors.AsType[smithy.APIError](err)
		return ok && said.ErrorCode() == code
	}
}

func TestAFaultTakesOnlyTheCallsThatFitAndSoManyOfThem(t *testing.T) {
	t.Parallel()
	for name, match := range map[string]proxy.Match{
		"service": {Service: "sqs"}, "operation": {Operation: "PutItem"}, "caller": {Caller: "nobody"},
		"resource": {Resource: "circuit"}, "text": {Text: "m-2"},
	} {
		t.Run("another "+name, func(t *testing.T) {
			t.Parallel()
			p, work, reached := broken(t, proxy.Fault{Match: match, Effect: proxy.CutBefore})
			_, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.GetItem", `{"TableName":"messages","Key":"m-1"}`)
			require.NoError(t, err)
			require.EqualValues(t, 1, reached.Load())
			taken, err := work.Taken()
			require.NoError(t, err)
			require.Zero(t, taken)
		})
	}
	t.Run("the third and fourth", func(t *testing.T) {
		t.Parallel()
		p, _, _ := broken(t, proxy.Fault{
			Match:  proxy.Match{Service: "dynamodb", Operation: "GetItem", Caller: caller, Resource: "messages", Text: "m-1"},
			Effect: proxy.Fail, Skip: 2, Count: 2,
		})
		statuses := []int{}
		for range 5 {
			status, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.GetItem", `{"TableName":"messages","Key":"m-1"}`)
			require.NoError(t, err)
			statuses = append(statuses, status)
		}
		require.Equal(t, []int{200, 200, 500, 500, 200}, statuses)
	})
}

func TestACallIsCutBeforeOrAfterItTookEffect(t *testing.T) {
	t.Parallel()
	for effect, done := range map[proxy.Effect]int{proxy.CutBefore: 0, proxy.CutAfter: 1} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			p, _, reached := broken(t, proxy.Fault{Effect: effect, Count: 1})
			_, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.PutItem", `{}`)
			require.Error(t, err)
			require.EqualValues(t, done, reached.Load())
		})
	}
}

func TestADelayedCallTakesItsTimeAndArrives(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	p, _, reached := broken(t, proxy.Fault{Effect: proxy.Delay, Delay: delay})
	began := time.Now()
	status, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.GetItem", `{}`)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.GreaterOrEqual(t, time.Since(began), delay)
	require.EqualValues(t, 1, reached.Load())
}

func TestHealingEndsAllFaults(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, "{}")
	faults := &proxy.Faults{}
	faults.Break(proxy.Fault{Effect: proxy.Fail})
	p.Intercept(faults.Intercept)
	faults.Heal()
	status, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.GetItem", `{}`)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
}

// callerURL makes this test program the Lambda that is killed: it calls that address and would then say so.
const callerURL = "PROXY_TEST_CALL"

func TestMain(m *testing.M) {
	url := os.Getenv(callerURL)
	if url == "" {
		os.Exit(m.Run())
	}
	response, err := http.Get(url)
	if err == nil {
		_ = response.Body.Close()
	}
	_, _ = io.WriteString(os.Stdout, "I lived")
}

func TestTheCallersProcessIsKilledBeforeOrAfterTheCallTookEffect(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		t.Skip("the caller is found through the kernel's tables, on Linux only")
	}
	for effect, done := range map[proxy.Effect]int32{proxy.KillBefore: 0, proxy.KillAfter: 1} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			p, work, reached := broken(t, proxy.Fault{Effect: effect})
			out, err := lambda(t, p.URL, "AWS_LAMBDA_FUNCTION_NAME=victim")
			exit, ended := errors.AsType[*exec.ExitError](err)
			require.True(t, ended, "%v", err)
			require.Equal(t, -1, exit.ExitCode(), "ended by a signal")
			require.NotContains(t, out, "I lived")
			require.Equal(t, done, reached.Load())
			taken, err := work.Taken()
			require.NoError(t, err)
			require.Equal(t, 1, taken)
		})
	}
	t.Run("but nothing that is no Lambda", func(t *testing.T) {
		t.Parallel()
		p, work, _ := broken(t, proxy.Fault{Effect: proxy.KillBefore})
		out, err := lambda(t, p.URL)
		require.NoError(t, err)
		require.Contains(t, out, "I lived")
		_, err = work.Taken()
		require.ErrorIs(t, err, proxy.ErrNoLambda)
	})
}

func lambda(t *testing.T, url string, environment ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = slices.Concat(environment, []string{callerURL + "=" + url})
	out, err := cmd.Output()
	return string(out), err
}
