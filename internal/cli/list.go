package cli

import (
	"context"
	"errors"
	"time"

	"github.com/rezagent/rez_agent/internal/cli/output"
	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

// largestPage is what the API gives at once.
const largestPage = 100

type listCommand struct {
	filterFlags

	Limit int  `default:"50" help:"How many messages to show at most."`
	All   bool `help:"Show all of them."`
}

// Run lists messages page by page, through pages that are empty: a filter that matches little may leave many of them.
func (c *listCommand) Run(ctx context.Context, w *world) error {
	if c.Limit < 1 {
		return &usageError{problem: "--limit has to be 1 or more", do: "--all shows all"}
	}
	api, err := w.client()
	if err != nil {
		return err
	}
	pages := &pager{api: api, filter: c.filter(w.env.Now())}
	var found []wire.Summary
	for !pages.done && (c.All || len(found) < c.Limit) {
		items, err := pages.next(ctx, c.pageSize(len(found)))
		if err != nil {
			return errors.Join(c.print(w, found), err) // what was found is worth showing
		}
		if w.print.AsJSON {
			if err := eachJSON(w, items); err != nil {
				return err
			}
		}
		found = append(found, items...)
		if len(items) == 0 && !pages.done && w.env.ErrTerminal {
			w.print.Notef("searched back to %s, going on (Ctrl-C stops)", output.TimeIf(pages.searchedTo))
		}
	}
	if !pages.done && w.env.ErrTerminal {
		defer w.print.Notef("there may be more: --limit %d or --all", c.Limit*2)
	}
	return c.print(w, found)
}

func (c *listCommand) pageSize(found int) int {
	if c.All {
		return largestPage
	}
	return min(largestPage, c.Limit-found)
}

func (c *listCommand) print(w *world, found []wire.Summary) error {
	if w.print.AsJSON {
		return nil // printed page by page
	}
	if len(found) == 0 {
		w.print.Notef("no message matches")
		return nil
	}
	return w.summaries(found)
}

func eachJSON[T any](w *world, items []T) error {
	for _, item := range items {
		if err := w.print.JSON(item); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) summaries(messages []wire.Summary) error {
	rows := make([][]output.Cell, 0, len(messages))
	for _, m := range messages {
		rows = append(rows, []output.Cell{
			{Text: m.ID},
			output.Status(m.Status),
			{Text: output.Time(m.CreatedAt), Tone: output.Faint},
			{Text: m.MessageType},
			{Text: m.CreatedBy},
			{Text: w.print.Brief(m.Title)},
			{Text: why(m)},
		})
	}
	return w.print.Table([]string{"ID", "STATUS", "CREATED", "TYPE", "BY", "TITLE", "REASON"}, rows)
}

// pager walks through the pages of a list.
type pager struct {
	api        *client.Client
	filter     wire.MessageFilter
	cursor     string
	searchedTo *time.Time
	done       bool
}

// next gives the next page, which may be empty, and says by done whether it was the last.
func (p *pager) next(ctx context.Context, size int) ([]wire.Summary, error) {
	page, err := p.api.Messages(ctx, p.filter, p.cursor, size)
	if err != nil {
		return nil, err
	}
	if page.Next != "" && page.Next == p.cursor {
		return nil, errors.New("the API gave the same cursor again: the list would never end")
	}
	p.cursor, p.searchedTo, p.done = page.Next, page.SearchedTo, page.Next == ""
	return page.Items, nil
}
