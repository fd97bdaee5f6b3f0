package deadletter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (o *Offices) all() []*Office {
	all := []*Office{o.Main}
	for _, channel := range slices.Sorted(maps.Keys(o.Others)) {
		all = append(all, o.Others[channel])
	}
	return all
}

// Look shows all queues as one.
func (o *Offices) Look(ctx context.Context) (View, error) {
	view, err := o.Main.Look(ctx)
	if err != nil {
		return View{}, err
	}
	for _, office := range o.all()[1:] {
		depth, letters, err := office.look(ctx)
		if err != nil {
			return View{}, err
		}
		view.Depth += depth
		view.Sample = append(view.Sample, letters...)
	}
	view.Sample = view.Sample[:min(mostItems, len(view.Sample))]
	return view, nil
}

// Redrive sends the message's ticket to its own channel's queue. Errors: message.ErrNotFound, ErrNotRedrivable.
func (o *Offices) Redrive(ctx context.Context, messageID, by string) error {
	rec, err := o.Main.Records.Load(ctx, messageID)
	if err != nil {
		return fmt.Errorf("read message %s: %w", messageID, err)
	}
	if office, own := o.Others[rec.Channel]; own {
		return office.Redrive(ctx, messageID, by)
	}
	return o.Main.Redrive(ctx, messageID, by)
}

// RedriveAll starts the move of each dead-letter queue into its channel's queue. A queue that is being moved already keeps no
// other from it. It gives about how many items move, and SQS's handles with spaces between them. Errors: ErrMoving, where
// none was started for that reason.
func (o *Offices) RedriveAll(ctx context.Context, by string) (items int, task string, err error) {
	var tasks []string
	var faults []error
	for _, office := range o.all() {
		n, started, fault := office.RedriveAll(ctx, by)
		if fault != nil {
			faults = append(faults, fault)
			continue
		}
		items, tasks = items+n, append(tasks, started)
	}
	broken := slices.ContainsFunc(faults, func(fault error) bool { return !errors.Is(fault, ErrMoving) })
	if broken || len(tasks) == 0 {
		return items, "", errors.Join(faults...)
	}
	return items, strings.Join(tasks, " "), nil
}
