package schedule_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/schedule"
)

// Minute by minute, somebody who looks at a clock on the wall finds the same times.
func TestNextIsWhatAWatcherOfTheClockSees(t *testing.T) {
	t.Parallel()
	changes := map[string][]string{
		"Europe/Berlin":       {"2027-03-28", "2027-10-31"},
		"Australia/Lord_Howe": {"2027-04-04", "2027-10-03"},
		"America/St_Johns":    {"2027-03-14", "2027-11-07"},
		"Africa/Cairo":        {"2027-04-30", "2027-10-29"},
		"UTC":                 {"2027-06-01"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(changes))).Draw(rt, "zone")
		change := rapid.SampledFrom(changes[name]).Draw(rt, "change")
		zone, err := time.LoadLocation(name)
		require.NoError(rt, err)
		minutes := rapid.SliceOfNDistinct(rapid.IntRange(0, 59), 1, 4, rapid.ID).Draw(rt, "minutes")
		hours := rapid.SliceOfNDistinct(rapid.IntRange(0, 4), 1, 4, rapid.ID).Draw(rt, "hours")
		weekdays := rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 4, 7, rapid.ID).Draw(rt, "weekdays")
		expression := fmt.Sprintf("cron(%s %s ? * %s *)", joined(minutes), joined(hours), joined(weekdays))

		noon := moment(t, change+"T12:00:00Z")
		from, until := noon.Add(-36*time.Hour), noon.Add(36*time.Hour)
		want := watched(from.Add(-24*time.Hour), until, zone, func(clock time.Time) bool {
			return slices.Contains(minutes, clock.Minute()) && slices.Contains(hours, clock.Hour()) &&
				slices.Contains(weekdays, int(clock.Weekday())+1)
		})
		want = slices.DeleteFunc(want, func(at time.Time) bool { return !at.After(from) })
		s, err := schedule.Parse(expression, name)
		require.NoError(rt, err)
		got := s.Next(from, len(want)+1)
		require.Equal(rt, want, got[:len(want)], expression)
		require.True(rt, got[len(want)].After(until))
	})
}

// watched are the minutes at which a clock shows for the first time what is wanted.
func watched(from, until time.Time, zone *time.Location, wanted func(clock time.Time) bool) []time.Time {
	seen := map[string]bool{}
	all := []time.Time{}
	for at := from; !at.After(until); at = at.Add(time.Minute) {
		clock := at.In(zone)
		face := clock.Format("2006-01-02 15:04")
		if wanted(clock) && !seen[face] {
			all = append(all, at)
		}
		seen[face] = true
	}
	return all
}

func joined(numbers []int) string {
	text := ""
	for _, number := range numbers {
		text += fmt.Sprintf(",%d", number)
	}
	return text[1:]
}
