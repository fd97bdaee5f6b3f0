package eventscheduler

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/rezagent/rez_agent/internal/schedule"
)

const (
	// maxPage is the most that one page of a list holds, AWS's limit.
	maxPage = 100
	// readers is how many schedules of a page are read at a time: a page of a hundred in about a second.
	readers = 8
)

// List gives a page of schedules in AWS's order and the cursor of the next page, which is empty on the last. A page can
// hold fewer than limit, even none, and not be the last. Errors: schedule.ErrCursor, schedule.ErrThrottled.
func (s *Schedules) List(ctx context.Context, cursor string, limit int) ([]schedule.Entry, string, error) {
	in := &scheduler.ListSchedulesInput{GroupName: &s.Group, MaxResults: aws.Int32(int32(min(max(limit, 1), maxPage)))}
	if cursor != "" {
		in.NextToken = &cursor
	}
	out, err := s.Client.ListSchedules(ctx, in)
	if cursor != "" && codeOf(err) == invalid { // nothing else of the request is the caller's
		return nil, "", fmt.Errorf("list schedules: %w", schedule.ErrCursor)
	}
	if err != nil {
		return nil, "", translated(ctx, err, "list", schedule.Entry{})
	}
	entries, err := s.read(ctx, out.Schedules)
	return entries, aws.ToString(out.NextToken), err
}

// read reads the schedules of a page, since a list has no inputs; those that were deleted meanwhile are left out.
func (s *Schedules) read(ctx context.Context, page []types.ScheduleSummary) ([]schedule.Entry, error) {
	found := make([]schedule.Entry, len(page))
	faults := make([]error, len(page))
	slots := make(chan struct{}, readers)
	var all sync.WaitGroup
	for i, summary := range page {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			found[i], faults[i] = s.Get(ctx, aws.ToString(summary.Name))
		})
	}
	all.Wait()
	entries := make([]schedule.Entry, 0, len(page))
	for i, err := range faults {
		switch {
		case err == nil:
			entries = append(entries, found[i])
		case !errors.Is(err, schedule.ErrNotFound):
			return nil, err
		}
	}
	return entries, nil
}
