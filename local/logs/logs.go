// Package logs shows the log lines of all Lambdas as one readable stream.
package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Stream reads the log groups of functions and writes their lines to Out.
type Stream struct {
	Client    *cloudwatchlogs.Client
	Functions []string
	Out       io.Writer
	// Colour says whether Out is a terminal that shows colours.
	Colour bool
}

// every is how often the groups are read, overlap how far back each time: lines of one moment can arrive apart.
const (
	every   = 500 * time.Millisecond
	overlap = 3 * time.Second
)

// Follow writes every line from now on until the context ends.
func (s *Stream) Follow(ctx context.Context, since time.Time) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	seen := map[string]time.Time{}
	for {
		lines, err := s.read(ctx, since)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		s.write(lines, seen)
		since = time.Now().Add(-overlap)
		forget(seen, since)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

type line struct {
	function string
	event    types.FilteredLogEvent
}

func (s *Stream) read(ctx context.Context, since time.Time) ([]line, error) {
	var lines []line
	for _, function := range s.Functions {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(s.Client, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: aws.String("/aws/lambda/" + function), StartTime: aws.Int64(since.UnixMilli()),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("read the log of %s: %w", function, err)
			}
			for _, event := range page.Events {
				lines = append(lines, line{function, event})
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		return int(aws.ToInt64(a.event.Timestamp) - aws.ToInt64(b.event.Timestamp))
	})
	return lines, nil
}

func (s *Stream) write(lines []line, seen map[string]time.Time) {
	for _, l := range lines {
		id := l.function + aws.ToString(l.event.LogStreamName) + aws.ToString(l.event.EventId) + aws.ToString(l.event.Message)
		if _, known := seen[id]; known {
			continue
		}
		seen[id] = time.UnixMilli(aws.ToInt64(l.event.Timestamp))
		if text := s.readable(l); text != "" {
			_, _ = io.WriteString(s.Out, text+"\n") // nobody to tell when the terminal is gone
		}
	}
}

func forget(seen map[string]time.Time, before time.Time) {
	for id, at := range seen {
		if at.Before(before.Add(-overlap)) {
			delete(seen, id)
		}
	}
}

// Fields that are shown at their own place, or say nothing here.
var placed = []string{"level", "time", "msg", "stage", "function", "request_id", "execution_arn", "message_id", "_aws"} //nolint:gochecknoglobals // a constant

// readable turns a JSON line into: time, function, message, text, fields. Lambda's own lines (START, END, REPORT) are
// left out.
func (s *Stream) readable(l line) string {
	text := strings.TrimSpace(aws.ToString(l.event.Message))
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		for _, lambdas := range []string{"START ", "END ", "REPORT ", "INIT_START "} {
			if strings.HasPrefix(text, lambdas) {
				return ""
			}
		}
		fields = map[string]any{"msg": text}
	}
	at := time.UnixMilli(aws.ToInt64(l.event.Timestamp)).Local().Format("15:04:05.000")
	name := strings.TrimSuffix(strings.TrimPrefix(l.function, "rez-agent-"), "-local")
	out := at + " " + s.coloured(name) + " " + short(fields["message_id"]) + " " + fmt.Sprint(fields["msg"])
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if value := worded(key, fields[key]); value != "" && value != "0" && value != "false" && !slices.Contains(placed, key) {
			out += " " + key + "=" + value
		}
	}
	return out
}

// worded is a field's value as a person reads it; "took" is in seconds.
func worded(key string, value any) string {
	if seconds, number := value.(float64); number && key == "took" {
		return strconv.FormatFloat(seconds*1000, 'f', 0, 64) + "ms"
	}
	return fmt.Sprint(value)
}

// short is the end of a message's id: version 7 ids of one minute begin alike.
func short(id any) string {
	const shown = 8
	text, _ := id.(string)
	return fmt.Sprintf("%-8s", text[max(0, len(text)-shown):])
}

func (s *Stream) coloured(name string) string {
	padded := fmt.Sprintf("%-14s", name)
	if !s.Colour {
		return padded
	}
	sum := 0
	for _, letter := range name {
		sum += int(letter)
	}
	const first, colours = 31, 6
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", first+sum%colours, padded)
}
