package metrics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rezagent/rez_agent/internal/message"
)

// Records reads all message records, page by page.
type Records interface {
	// Scan reads a page of at most limit from a cursor on, "" at first; Next is "" on the last page.
	Scan(ctx context.Context, cursor string, limit int) (ScanPage, error)
}

// ScanPage is a page of records, in no order. Unreadable counts the page's items that are none.
type ScanPage struct {
	Records    []message.Record
	Unreadable int
	Next       string
}

// Reconciler recomputes counters from the records and mends those that miss something: what rollup could not count
// because it was broken for longer than the stream keeps changes.
//
// Counters are only ever raised, to what the records prove. That they say more is no fault: records are deleted, by hand
// or by their time to live, and a record does not show all of its past (Meter.Prove). Changes of circuits are on no
// record.
type Reconciler struct {
	Records Records
	Store   Store
	Meter   Meter
	// PageSize is how many records are read at once; Rate bounds how many are read a second.
	PageSize, Rate int
	// DryRun compares, and writes nothing.
	DryRun bool
	// Progress is told after each page how many records were read so far.
	Progress func(read int)
}

// Span is the hours that are reconciled: those from From on, before To; both are whole hours.
type Span struct{ From, To time.Time }

// Check reports a span that is not of whole hours, is empty, or is not settled: while the stream may still bring changes
// of an hour, rollup would count once more what had been mended.
func (s Span) Check(now time.Time, settle time.Duration) error {
	settled := HourOf(now.Add(-settle))
	switch {
	case !s.From.Equal(HourOf(s.From)):
		return fmt.Errorf("from is %s: want a whole hour", s.From.Format(time.RFC3339))
	case !s.To.Equal(HourOf(s.To)):
		return fmt.Errorf("to is %s: want a whole hour", s.To.Format(time.RFC3339))
	case !s.From.Before(s.To):
		return fmt.Errorf("from is %s: want an hour before to, %s", s.From.Format(time.RFC3339), s.To.Format(time.RFC3339))
	case s.To.After(settled):
		return fmt.Errorf("to is %s: want %s at the latest, since an hour is settled %s after it ended",
			s.To.Format(time.RFC3339), settled.Format(time.RFC3339), settle)
	}
	return nil
}

func (s Span) holds(hour time.Time) bool { return !hour.Before(s.From) && hour.Before(s.To) }

// Difference is an hour whose counters miss something.
type Difference struct {
	Series Series
	Hour   time.Time
	// Counted is what the counters said, Mended what they say now, or would if it were not a dry run.
	Counted, Mended Counters
	// Conflict: somebody else changed them meanwhile, so they were left alone.
	Conflict bool
}

// String says in a line what was raised.
func (d Difference) String() string {
	var raised []string
	before := d.Counted.values()
	for name, value := range d.Mended.All() {
		if *value != before[0] {
			raised = append(raised, fmt.Sprintf("%s %d → %d", name, before[0], *value))
		}
		before = before[1:]
	}
	return fmt.Sprintf("%s %s: %s", d.Series, d.Hour.Format(time.RFC3339), strings.Join(raised, ", "))
}

// Reconciled is what Reconcile found.
type Reconciled struct {
	// Read is how many records were read, Unreadable how many items were none.
	Read, Unreadable int
	// Differences are by series and hour.
	Differences []Difference
}

// slot is where counters are.
type slot struct {
	series Series
	hour   time.Time
}

// Reconcile reads every record once, compares with the counters of the given series, and mends them.
func (r *Reconciler) Reconcile(ctx context.Context, series []Series, span Span) (Reconciled, error) {
	var done Reconciled
	proven, err := r.prove(ctx, span, &done)
	if err != nil {
		return done, err
	}
	for _, name := range series {
		counted, err := r.Store.Hours(ctx, name, span.From, span.To.Add(-time.Hour))
		if err != nil {
			return done, err
		}
		for hour := span.From; hour.Before(span.To); hour = hour.Add(time.Hour) {
			d := Difference{Series: name, Hour: hour, Counted: counted[hour]}
			d.Mended = d.Counted.raised(proven[slot{name, hour}])
			if d.Mended == d.Counted {
				continue
			}
			if err := r.mend(ctx, &d); err != nil {
				return done, err
			}
			done.Differences = append(done.Differences, d)
		}
	}
	return done, nil
}

func (r *Reconciler) mend(ctx context.Context, d *Difference) error {
	if r.DryRun {
		return nil
	}
	err := r.Store.Correct(ctx, d.Series, d.Hour, d.Counted, d.Mended)
	if d.Conflict = errors.Is(err, ErrConflict); d.Conflict {
		return nil
	}
	return err
}

// prove adds up what all records show of the span.
func (r *Reconciler) prove(ctx context.Context, span Span, done *Reconciled) (map[slot]Counters, error) {
	proven := make(map[slot]Counters)
	for cursor := ""; ; {
		started := time.Now()
		page, err := r.Records.Scan(ctx, cursor, r.PageSize)
		if err != nil {
			return nil, err
		}
		for _, rec := range page.Records {
			for _, d := range r.Meter.Prove(rec) {
				if span.holds(d.Hour) {
					at := slot{d.Series, d.Hour}
					proven[at] = proven[at].Plus(d.Counters)
				}
			}
		}
		done.Read += len(page.Records)
		done.Unreadable += page.Unreadable
		r.Progress(done.Read)
		if cursor = page.Next; cursor == "" {
			return proven, nil
		}
		if err := r.pace(ctx, len(page.Records)+page.Unreadable, started); err != nil {
			return nil, err
		}
	}
}

// pace waits until n records, whose reading began at started, have taken the time that Rate gives them.
func (r *Reconciler) pace(ctx context.Context, n int, started time.Time) error {
	timer := time.NewTimer(time.Until(started.Add(time.Duration(n) * time.Second / time.Duration(r.Rate))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
