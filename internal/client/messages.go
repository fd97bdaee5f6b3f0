package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/rezagent/rez_agent/internal/wire"
)

// CreateMessage hands a message over to be delivered. With a key (at most 255 characters, a new one for each message) a
// request that got no answer is sent again and is still one message; without one it is sent once.
func (c *Client) CreateMessage(ctx context.Context, message wire.CreateMessage, key string) (wire.Accepted, error) {
	var into wire.Accepted
	err := c.do(ctx, call{
		method: http.MethodPost, path: "/api/messages", body: message, key: key, repeatable: key != "",
	}, &into)
	return into, err
}

// Messages lists one page, newest first. The cursor is empty for the first page, then the page's Next; a limit of 0 leaves
// the page's size to the API. A page without items is not the end as long as it has a Next.
func (c *Client) Messages(ctx context.Context, filter wire.MessageFilter, cursor string, limit int) (wire.MessagePage, error) {
	query := url.Values{}
	set(query, "status", filter.Status)
	set(query, "stage", filter.Stage)
	set(query, "message_type", filter.MessageType)
	set(query, "created_by", filter.CreatedBy)
	setTime(query, "created_after", filter.CreatedAfter)
	setTime(query, "created_before", filter.CreatedBefore)
	set(query, "cursor", cursor)
	setNumber(query, "limit", limit)
	return get[wire.MessagePage](ctx, c, "/api/messages", query)
}

// Message shows a message and its history; id is its UUID.
func (c *Client) Message(ctx context.Context, id string) (wire.Message, error) {
	return get[wire.Message](ctx, c, "/api/messages/"+url.PathEscape(id), nil)
}

// Replay delivers a message again. A generation other than 0 is the one that was seen: if there is another by now, the
// answer is a Problem of status 409.
func (c *Client) Replay(ctx context.Context, id string, generation int) (wire.Accepted, error) {
	var body any
	if generation != 0 {
		body = map[string]int{"generation": generation}
	}
	return post[wire.Accepted](ctx, c, "/api/messages/"+url.PathEscape(id)+"/replay", body)
}

// CreateReplay replays all messages of a filter, or counts them.
func (c *Client) CreateReplay(ctx context.Context, replay wire.CreateReplay) (wire.ReplayJob, error) {
	return post[wire.ReplayJob](ctx, c, "/api/replays", replay)
}

// ReplayJob shows how far a replay by filter is.
func (c *Client) ReplayJob(ctx context.Context, id string) (wire.ReplayJob, error) {
	return get[wire.ReplayJob](ctx, c, "/api/replays/"+url.PathEscape(id), nil)
}

// CancelReplay stops a replay by filter; what it has replayed stays so.
func (c *Client) CancelReplay(ctx context.Context, id string) (wire.ReplayJob, error) {
	return post[wire.ReplayJob](ctx, c, "/api/replays/"+url.PathEscape(id)+"/cancel", nil)
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

func setTime(query url.Values, name string, value *time.Time) {
	if value != nil {
		query.Set(name, value.UTC().Format(time.RFC3339Nano))
	}
}

func setNumber(query url.Values, name string, value int) {
	if value != 0 {
		query.Set(name, strconv.Itoa(value))
	}
}
