package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/rezagent/rez_agent/internal/wire"
)

// Metrics gives the figures of a period (1h, 24h, 7d), all of them or those of a stage or message type.
func (c *Client) Metrics(ctx context.Context, period, stage, messageType string) (wire.Metrics, error) {
	query := url.Values{}
	set(query, "period", period)
	set(query, "stage", stage)
	set(query, "message_type", messageType)
	return get[wire.Metrics](ctx, c, "/api/metrics", query)
}

// Circuit shows a channel's circuit breaker; an empty channel is ntfy.
func (c *Client) Circuit(ctx context.Context, channel string) (wire.Circuit, error) {
	return get[wire.Circuit](ctx, c, "/api/circuit", ofChannel(channel))
}

// OpenCircuit stops all delivery on a channel until ResetCircuit.
func (c *Client) OpenCircuit(ctx context.Context, channel string) (wire.Circuit, error) {
	return c.moveCircuit(ctx, "/api/circuit/open", channel)
}

// ResetCircuit closes a channel's circuit.
func (c *Client) ResetCircuit(ctx context.Context, channel string) (wire.Circuit, error) {
	return c.moveCircuit(ctx, "/api/circuit/reset", channel)
}

func (c *Client) moveCircuit(ctx context.Context, path, channel string) (wire.Circuit, error) {
	var into wire.Circuit
	err := c.do(ctx, call{method: http.MethodPost, path: path, query: ofChannel(channel)}, &into)
	return into, err
}

func ofChannel(channel string) url.Values {
	query := url.Values{}
	set(query, "channel", channel)
	return query
}

// DeadLetters shows a sample of the dead-letter queue, and the records of what failed on the way; a limit of 0 leaves the
// sample's size to the API.
func (c *Client) DeadLetters(ctx context.Context, limit int) (wire.DeadLetters, error) {
	query := url.Values{}
	setNumber(query, "limit", limit)
	return get[wire.DeadLetters](ctx, c, "/api/dlq", query)
}

// Redrive sends dead letters to the main queue again.
func (c *Client) Redrive(ctx context.Context, what wire.Redrive) (wire.Redriven, error) {
	return post[wire.Redriven](ctx, c, "/api/dlq/redrive", what)
}

// Me says who is signed in.
func (c *Client) Me(ctx context.Context) (wire.Me, error) {
	return get[wire.Me](ctx, c, "/api/auth/me", nil)
}

// SignInConfig gives what a program needs to sign a person in; no token is sent.
func (c *Client) SignInConfig(ctx context.Context) (wire.SignInConfig, error) {
	var into wire.SignInConfig
	err := c.do(ctx, call{method: http.MethodGet, path: "/api/auth/config", repeatable: true, anonymous: true}, &into)
	return into, err
}

// Health says whether the API works, and with deep also whether what it depends on does; no token is sent. A part that is
// ill is an answer, not an error.
func (c *Client) Health(ctx context.Context, deep bool) (wire.Health, error) {
	query := url.Values{}
	if deep {
		query.Set("deep", "true")
	}
	var into wire.Health
	err := c.do(ctx, call{
		method: http.MethodGet, path: "/api/health", query: query, repeatable: true, anonymous: true,
		alsoGood: []int{http.StatusServiceUnavailable},
	}, &into)
	return into, err
}
