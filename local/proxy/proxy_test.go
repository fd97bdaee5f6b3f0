package proxy_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/proxy"
)

// started gives a proxy before an AWS that always answers the same.
func started(t *testing.T, status int, answer string) *proxy.Proxy {
	t.Helper()
	emulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(emulator.Close)
	return before(t, emulator.URL)
}

func before(t *testing.T, target string) *proxy.Proxy {
	t.Helper()
	port, err := ports.Pick(t.Context(), "proxy", "PROXY_PORT", 0)
	require.NoError(t, err)
	p, err := proxy.Start(t.Context(), port, target)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Stop()) })
	return p
}

// call makes an AWS call as the SDK of a Lambda does.
func call(t *testing.T, p *proxy.Proxy, service, target, body string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/", strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20270101/us-east-1/"+service+"/aws4_request, SignedHeaders=host")
	request.Header.Set("User-Agent", "aws-sdk-go-v2/1.48 app/rez-agent-sendntfy-local lang/go")
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
	return response.StatusCode, string(text), nil
}

const caller = "rez-agent-sendntfy-local"

// Lambda and EventBridge Scheduler speak REST: what a call is stands in its method and path.
func TestCallsOfTheRESTProtocolsAreToldApart(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, `{}`)
	var seen proxy.Log
	p.Intercept(seen.Intercept)
	for _, one := range []struct{ service, method, path string }{
		{"lambda", http.MethodPost, "/2015-03-31/functions/rez-agent-replayjob-local/invocations?Qualifier=live"},
		{"lambda", http.MethodPost, "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A0%3Afunction%3Af/invocations"},
		{"scheduler", http.MethodGet, "/schedules?ScheduleGroup=g"},
		{"scheduler", http.MethodPost, "/schedules/nightly"},
		{"scheduler", http.MethodPut, "/schedules/nightly"},
		{"scheduler", http.MethodGet, "/schedules/nightly?groupName=g"},
		{"scheduler", http.MethodDelete, "/schedules/nightly"},
		{"other", http.MethodGet, "/x"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), one.method, p.URL+one.path, http.NoBody)
		require.NoError(t, err)
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20270101/us-east-1/"+one.service+"/aws4_request, SignedHeaders=host")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	var operations []string
	for _, call := range seen.Calls() {
		operations = append(operations, call.Service+" "+call.Operation+" "+call.Resource)
	}
	require.Equal(t, []string{
		"lambda Invoke rez-agent-replayjob-local", "lambda Invoke f", "scheduler ListSchedules ", "scheduler CreateSchedule nightly",
		"scheduler UpdateSchedule nightly", "scheduler GetSchedule nightly", "scheduler DeleteSchedule nightly", "other GET ",
	}, operations)
}

func TestCallsAreCountedByServiceOperationAndCaller(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, `{"ok":1}`)
	for _, one := range []struct{ service, target, body string }{
		{"dynamodb", "DynamoDB_20120810.GetItem", `{}`},
		{"dynamodb", "DynamoDB_20120810.GetItem", `{"a":1}`},
		{"states", "AWSStepFunctions.StartSyncExecution", `{}`},
		{"sns", "", "Action=Publish&Message=hi"},
	} {
		status, answer, err := call(t, p, one.service, one.target, one.body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		require.JSONEq(t, `{"ok":1}`, answer)
	}
	require.Equal(t, map[proxy.Key]proxy.Tally{
		{Service: "dynamodb", Operation: "GetItem", Caller: caller}:          {Calls: 2, Sent: 2 + 7, Received: 16},
		{Service: "states", Operation: "StartSyncExecution", Caller: caller}: {Calls: 1, Sent: 2, Received: 8},
		{Service: "sns", Operation: "Publish", Caller: caller}:               {Calls: 1, Sent: 25, Received: 8},
	}, p.Counts().Calls)
	require.Equal(t, proxy.Tally{Calls: 4, Sent: 36, Received: 32}, p.Counts().Total())
}

func TestARefusedCallIsCountedAsFailed(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusBadRequest, `{"__type":"ConditionalCheckFailedException"}`)
	status, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.UpdateItem", `{}`)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, 1, p.Counts().Total().Failed)
}

func TestUnitsAreCountedByTableAndIndex(t *testing.T) {
	t.Parallel()
	table := proxy.UnitKey{Caller: caller, Table: "messages"}
	index := proxy.UnitKey{Caller: caller, Table: "messages", Index: "stage"}
	for name, test := range map[string]struct {
		operation, answer string
		want              map[proxy.UnitKey]proxy.Units
	}{
		"a write with indexes": {
			"UpdateItem", `{"ConsumedCapacity":{"TableName":"messages","CapacityUnits":3,"Table":{"CapacityUnits":1},` +
				`"GlobalSecondaryIndexes":{"stage":{"CapacityUnits":2}}}}`,
			map[proxy.UnitKey]proxy.Units{table: {Write: 1}, index: {Write: 2}},
		},
		"a read": {
			"GetItem", `{"ConsumedCapacity":{"TableName":"messages","CapacityUnits":0.5,"Table":{"CapacityUnits":0.5}}}`,
			map[proxy.UnitKey]proxy.Units{table: {Read: 0.5}},
		},
		"an answer that tells only the sum": {
			"PutItem", `{"ConsumedCapacity":{"TableName":"messages","CapacityUnits":2}}`,
			map[proxy.UnitKey]proxy.Units{table: {Write: 2}},
		},
		"a transaction that tells reads and writes of several tables": {
			"TransactWriteItems", `{"ConsumedCapacity":[{"TableName":"messages","Table":{"ReadCapacityUnits":1,"WriteCapacityUnits":4,` +
				`"CapacityUnits":5}}]}`,
			map[proxy.UnitKey]proxy.Units{table: {Read: 1, Write: 4}},
		},
		"an answer without units": {"PutItem", `{}`, map[proxy.UnitKey]proxy.Units{}},
		"no JSON at all":          {"PutItem", `busy`, map[proxy.UnitKey]proxy.Units{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := started(t, http.StatusOK, test.answer)
			_, _, err := call(t, p, "dynamodb", "DynamoDB_20120810."+test.operation, `{}`)
			require.NoError(t, err)
			want := map[proxy.UnitKey]proxy.Units{}
			for key, units := range test.want {
				key.Operation = test.operation
				want[key] = units
			}
			require.Equal(t, want, p.Counts().Units)
		})
	}
}

func TestSinceAndOfLeaveOutWhatIsNotAskedFor(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, `{"ConsumedCapacity":{"TableName":"t","CapacityUnits":1}}`)
	_, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.GetItem", `{}`)
	require.NoError(t, err)
	earlier := p.Counts()
	require.Empty(t, p.Counts().Since(earlier).Calls)

	_, _, err = call(t, p, "dynamodb", "DynamoDB_20120810.PutItem", `{}`)
	require.NoError(t, err)
	since := p.Counts().Since(earlier)
	require.Equal(t, 1, since.Total().Calls)
	require.Equal(t, proxy.Units{Write: 1}, since.TotalUnits())
	require.Equal(t, since, since.Of(func(name string) bool { return name == caller }))
	require.Empty(t, since.Of(func(string) bool { return false }).Units)
}

func TestAnInterceptorMayAnswerItself(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, "{}")
	p.Intercept(func(c proxy.Call, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "no "+c.Operation+" of "+string(c.Body), http.StatusServiceUnavailable)
	})
	status, answer, err := call(t, p, "sqs", "AmazonSQS.SendMessage", "it")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "no SendMessage of it\n", answer)

	p.Intercept(nil)
	status, _, err = call(t, p, "sqs", "AmazonSQS.SendMessage", "it")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
}

func TestAnInterceptorMayCutTheAnswerOfACallThatTookEffect(t *testing.T) {
	t.Parallel()
	p := started(t, http.StatusOK, "{}")
	p.Intercept(func(_ proxy.Call, _ http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
	_, _, err := call(t, p, "dynamodb", "DynamoDB_20120810.PutItem", `{}`)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, int64(2), p.Counts().Total().Received, "AWS did answer")
}

func TestAnEmulatorThatIsDownIsABadGateway(t *testing.T) {
	t.Parallel()
	port, err := ports.Pick(t.Context(), "emulator", "EMULATOR_PORT", 0)
	require.NoError(t, err)
	p := before(t, "http://127.0.0.1:"+strconv.Itoa(port))
	status, answer, err := call(t, p, "sqs", "AmazonSQS.SendMessage", "it")
	require.NoError(t, err)
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, answer, "the emulator does not answer")
}
