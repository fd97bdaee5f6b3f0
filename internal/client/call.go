package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// How a request that may be repeated is: so often in all, after waits that double, and no longer than the longest where
// the API asks for a time of its own.
const (
	tries       = 3
	firstWait   = 200 * time.Millisecond
	longestWait = 10 * time.Second
)

// maxAnswer is more than a gateway lets through.
const maxAnswer = 16 << 20

// call is one request.
type call struct {
	method, path string
	query        url.Values
	body         any
	// key is sent as Idempotency-Key.
	key string
	// repeatable: sending it twice does no more than sending it once.
	repeatable bool
	// anonymous sends no token.
	anonymous bool
	// alsoGood are statuses beside 2xx that come with the route's own answer.
	alsoGood []int
}

func (c *Client) do(ctx context.Context, r call, into any) error {
	body, err := encode(r.body)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		got, err := c.send(ctx, r, body)
		if err == nil {
			err = got.decode(into, r.alsoGood)
		}
		if err == nil || !r.repeatable || try == tries || ctx.Err() != nil || !Temporary(err) {
			return err
		}
		if slept := sleep(ctx, pause(try, got)); slept != nil {
			return slept
		}
	}
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // a '<' of six bytes would eat up the API's limit
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	return text.Bytes(), nil
}

func (c *Client) send(ctx context.Context, r call, body []byte) (*answer, error) {
	request, err := c.request(ctx, r, body)
	if err != nil {
		return nil, err
	}
	httpClient := c.HTTP
	if httpClient == nil {
		httpClient = NewHTTP()
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return nil, &unreachable{address: c.BaseURL, err: withoutAddress(err)}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, &unreachable{address: c.BaseURL, err: withoutAddress(err)}
	}
	return &answer{address: c.BaseURL + r.path, status: response.StatusCode, header: response.Header, body: text}, nil
}

func (c *Client) request(ctx context.Context, r call, body []byte) (*http.Request, error) {
	address := c.BaseURL + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	request.Header.Set("Accept", "application/json, "+problemJSON)
	request.Header.Set("User-Agent", c.UserAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		request.Header.Set("Idempotency-Key", r.key)
	}
	if c.Token == nil || r.anonymous {
		return request, nil
	}
	token, err := c.Token(ctx)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return request, nil
}

// pause is how long to wait after a try: as long as the API says, else doubling, spread so that not all come at once.
func pause(try int, got *answer) time.Duration {
	if got != nil {
		if seconds, err := strconv.Atoi(got.header.Get("Retry-After")); err == nil && seconds >= 0 {
			return min(time.Duration(min(seconds, 60))*time.Second, longestWait)
		}
	}
	wait := firstWait << (try - 1)
	return wait + rand.N(wait)
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is what came back.
type answer struct {
	address string
	status  int
	header  http.Header
	body    []byte
}

func (a *answer) decode(into any, alsoGood []int) error {
	good := a.status/100 == 2 || (slices.Contains(alsoGood, a.status) && a.kind() == "application/json")
	if good && a.status == http.StatusNoContent {
		return nil
	}
	if kind := a.kind(); kind != "application/json" && kind != problemJSON {
		return &NotAPI{Address: a.address, Status: a.status, ContentType: kind, Location: a.header.Get("Location")}
	}
	if !good {
		return a.problem()
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("%s answered %d with JSON that this program cannot read: %w", a.address, a.status, err)
	}
	return nil
}

// withoutAddress drops what net/http puts before an error: the method and the whole address, query and all.
func withoutAddress(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
