package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rezagent/rez_agent/local/ports"
	"github.com/rezagent/rez_agent/local/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const caller = "rez-agent-sendntfy-local"

// upstream is an AWS that says what it is told to.
type upstream struct {
	mu      sync.Mutex
	status  int
	answer  string
	got     []*http.Request
	gotBody string
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	u.got, u.gotBody = append(u.got, r), string(body)
	w.WriteHeader(u.status)
	_, _ = io.WriteString(w, u.answer)
}

func (u *upstream) requests() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.got)
}

type bundle struct {
	*proxy.Proxy
	upstream *upstream
	config   aws.Config
}

// setup gives a proxy before an upstream, and a Lambda's configuration.
func setup(t *testing.T) *bundle {
	t.Helper()
	up := &upstream{status: http.StatusOK, answer: "{}"}
	server := httptest.NewServer(up)
	port, err := ports.Pick(t.Context(), "proxy", "PROXY_PORT", 0)
	require.NoError(t, err)
	p, err := proxy.Start(t.Context(), port, server.URL)
	require.NoError(t, err)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, p.Stop())
		server.Close()
	})
	return &bundle{Proxy: p, upstream: up, config: aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(p.URL), AppID: caller,
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient:       &http.Client{Transport: transport},
		RetryMaxAttempts: 1,
	}}
}

func (b *bundle) put(ctx context.Context) error {
	_, err := dynamodb.NewFromConfig(b.config).PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("messages"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}},
	})
	return err
}

func key(operation string) proxy.Key {
	return proxy.Key{Service: "dynamodb", Operation: operation, Caller: caller}
}

func TestACallIsCountedByServiceOperationAndCaller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.put(t.Context()))
	require.NoError(t, b.put(t.Context()))
	b.upstream.answer = `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
	_, err := sns.NewFromConfig(b.config).Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String("arn"), Message: aws.String("hi")})
	require.NoError(t, err)

	counts := b.Counts()
	require.Len(t, counts.Calls, 2)
	require.Equal(t, 2, counts.Calls[key("PutItem")].Calls)
	require.Equal(t, int64(4), counts.Calls[key("PutItem")].Received, "{} twice")
	published := counts.Calls[proxy.Key{Service: "sns", Operation: "Publish", Caller: caller}]
	require.Equal(t, 1, published.Calls)
	require.Equal(t, int64(len(b.upstream.gotBody)), published.Sent)
	require.Equal(t, 3, counts.Total().Calls)
	require.Empty(t, counts.Of(func(name string) bool { return name != caller }).Calls)
}

func TestARequestReachesAWSAsItWasSigned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.put(t.Context()))
	got := b.upstream.got[0]
	require.Equal(t, strings.TrimPrefix(b.URL, "http://"), got.Host, "the signature covers the host")
	require.Equal(t, strconv.Itoa(len(b.upstream.gotBody)), got.Header.Get("Content-Length"), "and the length")
	require.NotContains(t, b.upstream.gotBody, "ReturnConsumedCapacity")
	require.Empty(t, got.Header.Get("X-Forwarded-For"))
}

func TestAFailedAnswerIsCountedAndPassedOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.upstream.status = http.StatusBadRequest
	b.upstream.answer = `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}`
	var conflict *types.ConditionalCheckFailedException
	require.ErrorAs(t, b.put(t.Context()), &conflict)
	require.Equal(t, 1, b.Counts().Calls[key("PutItem")].Failed)
}

func TestUnitsAreCountedByTableAndIndex(t *testing.T) {
	t.Parallel()
	unit := func(operation, index string) proxy.UnitKey {
		return proxy.UnitKey{Operation: operation, Caller: caller, Table: "messages", Index: index}
	}
	const split = `{"ConsumedCapacity":{"TableName":"messages","CapacityUnits":3,"Table":{"CapacityUnits":2},` +
		`"GlobalSecondaryIndexes":{"by-status":{"CapacityUnits":1}}}}`
	for name, test := range map[string]struct {
		operation, answer string
		want              map[proxy.UnitKey]proxy.Units
	}{
		"a write is split between the table and its index": {"PutItem", split, map[proxy.UnitKey]proxy.Units{
			unit("PutItem", ""): {Write: 2}, unit("PutItem", "by-status"): {Write: 1},
		}},
		"a read counts as read": {"Query", split, map[proxy.UnitKey]proxy.Units{
			unit("Query", ""): {Read: 2}, unit("Query", "by-status"): {Read: 1},
		}},
		"a total that is not split is the table's": {
			"GetItem", `{"ConsumedCapacity":{"TableName":"messages","CapacityUnits":0.5}}`,
			map[proxy.UnitKey]proxy.Units{unit("GetItem", ""): {Read: 0.5}},
		},
		"a transaction tells each table's": {
			"TransactWriteItems",
			`{"ConsumedCapacity":[{"TableName":"messages","CapacityUnits":4,"Table":{"CapacityUnits":4,"WriteCapacityUnits":4}}]}`,
			map[proxy.UnitKey]proxy.Units{unit("TransactWriteItems", ""): {Write: 4}},
		},
		"an answer without any costs nothing": {"PutItem", `{}`, map[proxy.UnitKey]proxy.Units{}},
		"what cannot be read costs nothing":   {"PutItem", `<html>`, map[proxy.UnitKey]proxy.Units{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.upstream.answer = test.answer
			require.Equal(t, http.StatusOK, b.call(t, test.operation, "{}").StatusCode)
			require.Equal(t, test.want, b.Counts().Units)
		})
	}
}

// call sends one DynamoDB call by hand and gives the answer, its body read.
func (b *bundle) call(t *testing.T, operation, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	request.Header.Set("User-Agent", "aws-sdk-go-v2/1 app/"+caller)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, Signature=0")
	answer, err := (&http.Client{Transport: b.config.HTTPClient.(*http.Client).Transport}).Do(request) //nolint:forcetypeassert // set above
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer
}

func TestACallThatIsTooLongIsRefusedAndNotCutShort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, http.StatusRequestEntityTooLarge, b.call(t, "PutItem", strings.Repeat("x", 3<<20)).StatusCode)
	require.Zero(t, b.upstream.requests())
}

func TestCountsSinceHoldOnlyWhatCame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.upstream.answer = `{"ConsumedCapacity":{"TableName":"messages","CapacityUnits":1}}`
	b.call(t, "PutItem", "{}")
	before := b.Counts()
	b.call(t, "GetItem", "{}")
	diff := b.Counts().Since(before)
	require.Equal(t, map[proxy.Key]proxy.Tally{key("GetItem"): {Calls: 1, Sent: 2, Received: int64(len(b.upstream.answer))}}, diff.Calls)
	require.Equal(t, proxy.Units{Read: 1}, diff.TotalUnits())
	require.Empty(t, before.Since(before).Calls)
}

func TestAnInterceptorMayAnswerItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Intercept(func(call proxy.Call, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if call.Operation == "PutItem" {
			http.Error(w, `{"__type":"ProvisionedThroughputExceededException"}`, http.StatusBadRequest)
		}
	})
	var throttled *types.ProvisionedThroughputExceededException
	require.ErrorAs(t, b.put(t.Context()), &throttled)
	require.Zero(t, b.upstream.requests(), "it never reached AWS")

	b.Intercept(nil)
	require.NoError(t, b.put(t.Context()))
}

func TestAnInterceptorMayCutTheAnswerOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Intercept(func(_ proxy.Call, _ http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
	err := b.put(t.Context())
	require.Error(t, err)
	var answered interface{ HTTPStatusCode() int }
	require.False(t, errors.As(err, &answered) && answered.HTTPStatusCode() != 0, "no answer may come: %v", err)
	require.Equal(t, 1, b.upstream.requests(), "AWS did it all the same")
}

func TestAnEmulatorThatIsGoneIsABadGateway(t *testing.T) {
	t.Parallel()
	port, err := ports.Pick(t.Context(), "proxy", "PROXY_PORT", 0)
	require.NoError(t, err)
	p, err := proxy.Start(t.Context(), port, "http://127.0.0.1:1")
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Stop()) }()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL, strings.NewReader("{}"))
	require.NoError(t, err)
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusBadGateway, answer.StatusCode)
}
