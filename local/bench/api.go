package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/local/stack"
	"github.com/rezagent/rez_agent/local/steps"
)

const (
	// apiPace is the API's load, in requests a second.
	apiPace = 50
	// apiWarmUp starts as many environments of the Lambdas as the load needs, before anything is counted.
	apiWarmUp = 3 * time.Second
	// apiRecords are in the table while the API is measured, and muchMore when a page's cost is looked at once more.
	apiRecords, muchMore = 1000, 10_000
	// apiPage is the limit of the measured lists.
	apiPage = 50
)

// apiCase is one kind of request.
type apiCase struct {
	name string
	// targets of our API; those of the empty one only differ in the address.
	target vegeta.Targeter
	// p95 is the goal.
	p95 time.Duration
}

// apiBench measures the REST API of a stack beside an empty Lambda behind the same kind of gateway and the same authorizer.
type apiBench struct {
	options Options
	stack   *stack.Stack
	// base is the API on the gateway's own address, without the front, and empty that of the yardstick.
	base, empty string
	token       string
	ids         []string

	results []apiResult
	costs   []pageCost
}

// RunAPI measures a stack that runs without IAM and with the stand-in. The records are written straight into the table.
func RunAPI(ctx context.Context, s *stack.Stack, o Options) (Report, error) {
	b := &apiBench{options: o, stack: s, base: gatewayURL(s.Endpoint, s.APIID) + "/" + contract.APIStage}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"an empty Lambda behind a gateway", b.makeYardstick},
		{fmt.Sprintf("write %d records", apiRecords), func(ctx context.Context) error { return b.fill(ctx, apiRecords) }},
		{"sign in", b.signIn},
	} {
		if err := o.Printer.Do(step.name, func(steps.Report) error { return step.do(ctx) }); err != nil {
			return Report{}, err
		}
	}
	if err := b.measureAll(ctx); err != nil {
		return Report{}, err
	}
	return Report{Machine: machine(), Tables: []Table{apiTable(b.results), costTable(b.costs[0], b.costs[1])}}, nil
}

// measureAll makes messages last, and more records than the goals speak of after that.
func (b *apiBench) measureAll(ctx context.Context) error {
	for _, one := range b.reads() {
		if err := b.measure(ctx, one); err != nil {
			return err
		}
	}
	if err := b.look(ctx, apiRecords); err != nil {
		return err
	}
	if err := b.holdDelivery(ctx); err != nil {
		return err
	}
	for _, one := range b.writes() {
		if err := b.measure(ctx, one); err != nil {
			return err
		}
	}
	return b.look(ctx, muchMore)
}

// signIn takes an operator's access token, which is good for the whole run.
func (b *apiBench) signIn(ctx context.Context) (err error) {
	b.token, err = b.stack.Token(ctx, contract.RoleOperator)
	return err
}

// gatewayURL is where an emulator serves the stages of an API.
func gatewayURL(endpoint, id string) string { return endpoint + "/_aws/execute-api/" + id }

func (b *apiBench) reads() []apiCase {
	next := 0
	return []apiCase{
		{"GET one", func(t *vegeta.Target) error {
			next = (next + 1) % len(b.ids)
			return b.aim(t, http.MethodGet, "/messages/"+b.ids[next], "")
		}, 60 * time.Millisecond},
		{fmt.Sprintf("GET list of %d", apiPage), func(t *vegeta.Target) error {
			return b.aim(t, http.MethodGet, fmt.Sprintf("/messages?limit=%d", apiPage), "")
		}, 60 * time.Millisecond},
	}
}

func (b *apiBench) writes() []apiCase {
	body := `{"message_type":"notification","payload":{"message":"` + text + `"}}`
	return []apiCase{{"POST create", func(t *vegeta.Target) error {
		return b.aim(t, http.MethodPost, "/messages", body)
	}, 100 * time.Millisecond}}
}

// aim fills in a request to our API.
func (b *apiBench) aim(t *vegeta.Target, method, path, body string) error {
	*t = vegeta.Target{
		Method: method, URL: b.base + path, Body: []byte(body),
		Header: http.Header{"Authorization": {"Bearer " + b.token}, "Content-Type": {"application/json"}},
	}
	return nil
}
