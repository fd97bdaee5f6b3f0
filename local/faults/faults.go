// Package faults breaks a deployed stack in one way at a time, lets it heal, waits until every message is final, and then
// does the books: what was accepted, what ntfy showed, what the records say of it, and what lies in the dead-letter
// queue must agree. Each way is a Row with its expected end written down beforehand.
//
// Everything that is broken lies outside of our code: AWS calls at the proxy, processes that are killed, ntfy's stand-in,
// queue items that nobody of ours wrote. The Lambdas hold no test code.
package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// End is how a message may end.
type End string

// The ends. It is a closed set.
const (
	Completed End = "completed"
	// Refused: ntfy refused the message for good.
	Refused End = "refused"
	// Expired: its deadline passed.
	Expired End = "expired"
	// PipelineFault: something of ours broke on every receive.
	PipelineFault End = "pipeline_fault"
	// Gone: its record was deleted while it waited.
	Gone End = "gone"
)

// Row is one way to break the stack.
type Row struct {
	// Name is short, for --row; Says tells a person what breaks.
	Name, Says string
	// Messages is how many are sent.
	Messages int
	// Ends are how many messages end how.
	Ends map[End]int
	// Either are further ends that any of the messages may have instead.
	Either []End
	// Crashes is how many deliveries may be made again because our side broke between ntfy's answer and the record: the
	// one window of at-least-once. Deliveries that ntfy made and then reported as failed are always allowed.
	Crashes int
	// Unrecorded: a crash may leave a request at ntfy that no attempt tells of.
	Unrecorded bool
	// Stale: tickets of messages that have moved on may lie in the DLQ, because the sweeper published another one.
	Stale bool
	// Short rows also run in `make test`.
	Short bool

	run func(ctx context.Context, w *World, r *Row) error
}

// all is the end of every message.
func all(n int, end End) map[End]int { return map[End]int{end: n} }

// Result is what became of a row.
type Result struct {
	Row Row
	// Sent counts messages, or of a row of kill points its runs.
	Sent int
	// Ended counts messages by their end.
	Ended map[End]int
	// Lost were accepted and neither shown nor ended in a way that says why.
	Lost int
	// Reported are deliveries made again after ntfy had shown the message and reported a failure; Crashed are those made
	// again because our side broke between ntfy's answer and the record. A phone that follows ntfy 2.16 or newer shows
	// each message once all the same.
	Reported, Crashed int
	// Outrun are deliveries made again because an execution took longer than its lease, which is divided like every wait
	// while the machine is not faster. On AWS the workflow's timeout ends an execution before its lease.
	Outrun int
	// Final is the time from the last of healing and sending until every message was final.
	Final time.Duration
	// Wrong are all disagreements in the books, in words; empty for a row that holds.
	Wrong []string
}

// Options choose what is run.
type Options struct {
	// Rows are names to choose; empty means all. A name that ends in "*" means all that begin so.
	Rows []string
	// Short chooses the short rows only.
	Short bool
	// Begin is told each row before it runs, End its result; both may be nil.
	Begin func(Row)
	End   func(Result)
}

// ErrUnknownRow means: no row has the name.
var ErrUnknownRow = errors.New("unknown row")

// Choose gives the chosen rows. Errors: ErrUnknownRow.
func (o Options) Choose() ([]Row, error) {
	chosen, known := []Row{}, []string{}
	for _, row := range Rows() {
		known = append(known, row.Name)
		if (len(o.Rows) == 0 || slices.ContainsFunc(o.Rows, row.isNamed)) && (!o.Short || row.Short) {
			chosen = append(chosen, row)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("row %s: %w; allowed: %s", strings.Join(o.Rows, ", "), ErrUnknownRow, strings.Join(known, ", "))
	}
	return chosen, nil
}

func (r *Row) isNamed(name string) bool {
	if prefix, more := strings.CutSuffix(name, "*"); more {
		return strings.HasPrefix(r.Name, prefix)
	}
	return r.Name == name
}

// Run runs the chosen rows one after the other and gives their results. A row that does not hold is no error; a world that
// cannot go on is.
func (w *World) Run(ctx context.Context, o Options) (results []Result, err error) {
	rows, err := o.Choose()
	if err != nil {
		return nil, err
	}
	if err := w.shortenVisibility(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.setVisibility(ctx, w.settings().Visibility)) }()
	results = make([]Result, 0, len(rows))
	for _, row := range rows {
		if o.Begin != nil {
			o.Begin(row)
		}
		result, err := w.runRow(ctx, row)
		if err != nil {
			return results, fmt.Errorf("row %s: %w", row.Name, err)
		}
		results = append(results, result)
		if o.End != nil {
			o.End(result)
		}
	}
	return results, w.begin(ctx) // leaves nothing behind
}

func (w *World) runRow(ctx context.Context, row Row) (Result, error) {
	if err := w.begin(ctx); err != nil {
		return Result{}, err
	}
	sweeping, stop := context.WithCancel(ctx)
	swept := w.sweepEachMinute(sweeping)
	err := row.run(ctx, w, &row)
	if err == nil {
		err = w.untilFinal(ctx)
	}
	took := time.Since(w.calm)
	if err == nil {
		err = w.untilQuiet(ctx)
	}
	stop()
	<-swept
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	result := w.books(ctx, row)
	result.Final = took
	if err != nil {
		result.Wrong = append(result.Wrong, err.Error())
	}
	return result, nil
}
