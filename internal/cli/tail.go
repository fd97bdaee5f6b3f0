package cli

import (
	"context"
	"slices"

	"github.com/rezagent/rez_agent/internal/client"
	"github.com/rezagent/rez_agent/internal/wire"
)

// How much one look at all messages may cost: so many pages, and so many messages that have left them.
const (
	mostPages  = 5
	mostAlone  = 25
	firstShown = 10
)

type tailCommand struct {
	ID messageID `arg:"" optional:"" help:"The message's id; without it, all messages are followed."`
}

// Help is the command's longer help.
func (*tailCommand) Help() string {
	return `Of one message each change is shown until it is completed (exit code 0) or failed (exit code 1). Without an id the
ten newest messages are shown, and then, looked for every two seconds, each new message and each change of one that is among
the newest hundred or had not ended.`
}

// Run follows.
func (c *tailCommand) Run(ctx context.Context, w *world) error {
	api, err := w.client()
	if err != nil {
		return err
	}
	if c.ID != "" {
		return w.follow(ctx, api, string(c.ID), 1)
	}
	all := &watch{world: w, api: api, known: map[string]wire.Summary{}}
	return all.run(ctx)
}

// watch follows all messages: what is new, and what has not ended yet.
type watch struct {
	*world

	api *client.Client
	// known are the messages of the newest pages, and older ones that have not ended.
	known  map[string]wire.Summary
	begun  bool
	silent bool
}

func (t *watch) run(ctx context.Context) error {
	for {
		err := t.look(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && (!t.begun || !client.Temporary(err)):
			return err
		case err != nil && !t.silent:
			t.print.Notef("no answer, still trying: %s", err)
			t.silent = true
		case err == nil:
			t.begun, t.silent = true, false
		}
		if err := sleep(ctx, lastLook); err != nil {
			return err
		}
	}
}

// look prints what has changed since the last look, oldest first.
func (t *watch) look(ctx context.Context) error {
	newest, err := t.newest(ctx)
	if err != nil {
		return err
	}
	older, err := t.unfinished(ctx, newest)
	if err != nil {
		return err
	}
	var changed []wire.Summary
	for _, m := range slices.Concat(newest, older) {
		before, known := t.known[m.ID]
		if !known || stateOf(before) != stateOf(m) {
			changed = append(changed, m)
		}
	}
	t.remember(newest, older)
	slices.SortStableFunc(changed, func(a, b wire.Summary) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	if !t.begun {
		changed = changed[max(0, len(changed)-firstShown):]
	}
	for _, m := range changed {
		if err := show(t.world, m, func(m wire.Summary) error { return t.change(m, m.ID) }); err != nil {
			return err
		}
	}
	return nil
}

// newest reads pages until one holds something that is known: what is behind it was seen before.
func (t *watch) newest(ctx context.Context) ([]wire.Summary, error) {
	var all []wire.Summary
	pages := &pager{api: t.api}
	for range mostPages {
		items, err := pages.next(ctx, largestPage)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		seen := slices.ContainsFunc(items, func(m wire.Summary) bool { _, known := t.known[m.ID]; return known })
		if pages.done || seen || !t.begun {
			break
		}
	}
	return all, nil
}

// unfinished reads the messages that newer ones have pushed off the pages and that have not ended, as many as a look may.
func (t *watch) unfinished(ctx context.Context, newest []wire.Summary) ([]wire.Summary, error) {
	onPage := map[string]bool{}
	for _, m := range newest {
		onPage[m.ID] = true
	}
	var older []wire.Summary
	for id, m := range t.known {
		if onPage[id] || ended(m) || len(older) == mostAlone {
			continue
		}
		message, err := t.api.Message(ctx, id)
		if isNotFound(err) {
			delete(t.known, id)
			continue
		}
		if err != nil {
			return nil, err
		}
		older = append(older, message.Summary)
	}
	return older, nil
}

// remember forgets what has ended and left the pages, so that days of following take no more memory than minutes.
func (t *watch) remember(newest, older []wire.Summary) {
	for id, m := range t.known {
		if ended(m) {
			delete(t.known, id)
		}
	}
	for _, m := range slices.Concat(newest, older) {
		t.known[m.ID] = m
	}
}
