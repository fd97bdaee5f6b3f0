package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/rezagent/rez_agent/internal/wire"
)

// Schedules lists one page; the cursor is empty for the first, then the page's Next.
func (c *Client) Schedules(ctx context.Context, cursor string) (wire.SchedulePage, error) {
	query := url.Values{}
	set(query, "cursor", cursor)
	return get[wire.SchedulePage](ctx, c, "/api/schedules", query)
}

// CreateSchedule makes a schedule.
func (c *Client) CreateSchedule(ctx context.Context, schedule wire.SetSchedule) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/api/schedules", schedule)
}

// PreviewSchedule says what an expression means, and makes nothing.
func (c *Client) PreviewSchedule(ctx context.Context, schedule wire.PreviewSchedule) (wire.SchedulePreview, error) {
	return post[wire.SchedulePreview](ctx, c, "/api/schedules/preview", schedule)
}

// Schedule shows a schedule; id is its UUID.
func (c *Client) Schedule(ctx context.Context, id string) (wire.Schedule, error) {
	return get[wire.Schedule](ctx, c, "/api/schedules/"+url.PathEscape(id), nil)
}

// ChangeSchedule sets all of a schedule anew.
func (c *Client) ChangeSchedule(ctx context.Context, id string, schedule wire.SetSchedule) (wire.Schedule, error) {
	var into wire.Schedule
	err := c.do(ctx, call{method: http.MethodPut, path: "/api/schedules/" + url.PathEscape(id), body: schedule}, &into)
	return into, err
}

// DeleteSchedule deletes a schedule.
func (c *Client) DeleteSchedule(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: "/api/schedules/" + url.PathEscape(id)}, nil)
}

// PauseSchedule lets a schedule rest.
func (c *Client) PauseSchedule(ctx context.Context, id string) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/api/schedules/"+url.PathEscape(id)+"/pause", nil)
}

// ResumeSchedule lets a schedule fire again.
func (c *Client) ResumeSchedule(ctx context.Context, id string) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/api/schedules/"+url.PathEscape(id)+"/resume", nil)
}

// RunSchedule makes a schedule's message now.
func (c *Client) RunSchedule(ctx context.Context, id string) (wire.Accepted, error) {
	return post[wire.Accepted](ctx, c, "/api/schedules/"+url.PathEscape(id)+"/run", nil)
}
