// Command reconcile recomputes the hourly counters of one deployment from its message records, and mends those that miss
// something: `make reconcile` calls it. It takes its AWS credentials and region from where the AWS command line has them.
//
// Counters are only ever raised, to what the records prove. What they cannot prove, and so what stays as it was counted:
// records that were deleted, by hand or by their time to live; how earlier generations of a replayed message ended;
// deferrals, and messages that were started again by hand in the console; changes of the circuit.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rezagent/rez_agent/internal/messagetype"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/sdkhttp"
	"github.com/rezagent/rez_agent/internal/settings"
	"github.com/rezagent/rez_agent/internal/store"
)

type options struct {
	Stage         string        `help:"The deployment." required:""`
	MessagesTable string        `env:"DYNAMODB_TABLE_NAME" help:"The table of records; rez-agent-messages-STAGE unless given."`
	MetricsTable  string        `env:"METRICS_TABLE" help:"The table of counters; rez-agent-metrics-STAGE unless given."`
	From          time.Time     `help:"The first hour, in RFC 3339; a week before the end unless given." placeholder:"HOUR"`
	To            time.Time     `help:"The hour before which to end, in RFC 3339; the last settled one unless given." placeholder:"HOUR"`
	Settle        time.Duration `default:"25h" help:"How long ago an hour must have ended: the stream brings its changes for up to 24 h."`
	Rate          int           `default:"1000" help:"The most records read a second."`
	DryRun        bool          `help:"Compare, and write nothing."`
}

// Validate reports what kong cannot know.
func (o *options) Validate() error {
	if o.Rate < 1 {
		return fmt.Errorf("--rate is %d: want 1 or more", o.Rate)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var chosen options
	parsed := kong.Parse(&chosen, kong.Name("reconcile"), kong.UsageOnError(),
		kong.Description("Recomputes the hourly counters from the message records, and raises those that miss something."))
	err := run(ctx, chosen, os.Stdout, os.Stderr)
	stop()
	parsed.FatalIfErrorf(err)
}

// run writes what it found to out, and how far it is to progress.
func run(ctx context.Context, chosen options, out, progress io.Writer) error {
	span := chosen.span(time.Now())
	if err := span.Check(time.Now(), chosen.Settle); err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("AWS configuration: %w", err)
	}
	cfg.HTTPClient = sdkhttp.KeepAnswers(cfg.HTTPClient)
	db := dynamodb.NewFromConfig(cfg)
	reconciler := &metrics.Reconciler{
		Records:  store.NewScanner(db, or(chosen.MessagesTable, "rez-agent-messages-"+chosen.Stage)),
		Store:    store.NewMetrics(db, or(chosen.MetricsTable, "rez-agent-metrics-"+chosen.Stage)),
		Meter:    metrics.Meter{Deadline: settings.Default().Deadline},
		PageSize: min(pageSize, chosen.Rate), Rate: chosen.Rate, DryRun: chosen.DryRun,
		Progress: func(read int) { say(progress, fmt.Sprintf("\r%d records read", read)) },
	}
	done, err := reconciler.Reconcile(ctx, seriesOf(chosen.Stage), span)
	say(progress, "\n")
	return errors.Join(err, report(out, span, chosen.DryRun, done))
}

// say tells of progress. A terminal that is gone is no reason to stop.
func say(progress io.Writer, words string) { _, _ = io.WriteString(progress, words) }

const (
	pageSize = 500
	week     = 7 * 24 * time.Hour
)

// span is the hours that were asked for.
func (o *options) span(now time.Time) metrics.Span {
	span := metrics.Span{From: o.From.UTC(), To: o.To.UTC()}
	if o.To.IsZero() {
		span.To = metrics.HourOf(now.Add(-o.Settle))
	}
	if o.From.IsZero() {
		span.From = span.To.Add(-week)
	}
	return span
}

func or(given, otherwise string) string {
	if given == "" {
		return otherwise
	}
	return given
}

// seriesOf is the series of all of a stage's messages.
func seriesOf(stage string) []metrics.Series {
	var all []metrics.Series
	for _, name := range messagetype.Names() {
		all = append(all, metrics.MessageSeries(stage, name))
	}
	return all
}

// report says what was found, one line for each hour.
func report(out io.Writer, span metrics.Span, dryRun bool, done metrics.Reconciled) error {
	var text strings.Builder
	for _, d := range done.Differences {
		note := ""
		switch {
		case d.Conflict:
			note = " (not raised: it was changed meanwhile; run again)"
		case dryRun:
			note = " (not raised: dry run)"
		}
		text.WriteString(d.String() + note + "\n")
	}
	_, err := fmt.Fprintf(out, "%s%s to %s: %d records read, %d items unreadable, %d hours that missed something\n",
		&text, span.From.Format(time.RFC3339), span.To.Format(time.RFC3339), done.Read, done.Unreadable, len(done.Differences))
	return err
}
