package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rezagent/rez_agent/internal/schedule"
)

func TestWhatTheClocksDoToAScheduleIsSaid(t *testing.T) {
	t.Parallel()
	const berlin = "Europe/Berlin"
	for name, c := range map[string]struct {
		expression, zone string
		want             []string
	}{
		"a run that is left out, and one that comes twice": {"cron(30 2 * * ? *)", berlin, []string{
			"On Sunday, 28 March 2027 the clocks of Europe/Berlin are put forward and leave out 02:30: it does not fire then.",
			"On Sunday, 31 October 2027 the clocks of Europe/Berlin are put back and show 02:30 twice: it fires the first time only.",
		}},
		"some of them": {"cron(0/20 1-3 ? 10 1 *)", berlin, []string{
			"On Sunday, 31 October 2027 the clocks of Europe/Berlin are put back and show 02:00, 02:20 and 02:40 twice: it fires the first time only.",
		}},
		"many of them": {"cron(* 2 * * ? *)", berlin, []string{
			"On Sunday, 28 March 2027 the clocks of Europe/Berlin are put forward and leave out 02:00 to 02:59: it does not fire then.",
			"On Sunday, 31 October 2027 the clocks of Europe/Berlin are put back and show 02:00 to 02:59 twice: it fires the first time only.",
		}},
		"an hour that is left out between two in which it fires is none that is missed": {"cron(0 * * * ? *)", berlin, []string{
			"On Sunday, 31 October 2027 the clocks of Europe/Berlin are put back and show 02:00 twice: it fires the first time only.",
		}},
		"half an hour": {"cron(15 2 * * ? *)", "Australia/Lord_Howe", []string{
			"On Sunday, 3 October 2027 the clocks of Australia/Lord_Howe are put forward and leave out 02:15: it does not fire then.",
		}},
		"midnight": {"cron(15 0 * * ? *)", "Africa/Cairo", []string{
			"On Friday, 30 April 2027 the clocks of Africa/Cairo are put forward and leave out 00:15: it does not fire then.",
		}},
		"a rate of days moves": {"rate(1 day)", berlin, []string{
			"From Sunday, 28 March 2027 on it fires an hour later by the clocks of Europe/Berlin: a rate does not follow their change.",
			"From Sunday, 31 October 2027 on it fires an hour earlier by the clocks of Europe/Berlin: a rate does not follow their change.",
		}},
		"so does one of 48 hours, by what the clocks are changed": {"rate(48 hours)", "Australia/Lord_Howe", []string{
			"From Sunday, 4 April 2027 on it fires 30 minutes earlier by the clocks of Australia/Lord_Howe: a rate does not follow their change.",
			"From Sunday, 3 October 2027 on it fires 30 minutes later by the clocks of Australia/Lord_Howe: a rate does not follow their change.",
		}},
		"a rate of hours has no time of day": {"rate(5 hours)", berlin, nil},
		"a single time that comes twice, years from now": {"at(2031-10-26T02:30:00)", berlin, []string{
			"On Sunday, 26 October 2031 the clocks of Europe/Berlin are put back and show 02:30 twice: it fires the first time.",
		}},
		"a single time beside it": {"at(2027-10-31T03:00:00)", berlin, nil},
		"another time of day":     {"cron(0 9 * * ? *)", berlin, nil},
		"another day":             {"cron(30 2 1 * ? *)", berlin, nil},
		"another year":            {"cron(30 2 * * ? 2029)", berlin, nil},
		"no zone is UTC":          {"cron(30 2 * * ? *)", "", nil},
		"a zone without changes":  {"rate(1 day)", "Asia/Tokyo", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notes := parsed(t, c.expression, c.zone).Notes(moment(t, "2027-01-01T00:00:00Z"))
			require.NotNil(t, notes)
			if c.want == nil {
				c.want = []string{}
			}
			require.Equal(t, c.want, notes)
		})
	}
}

// Whatever zone and time of day: a note stands for each day on which the daily run is missing, and for each whose time
// comes twice, and for no other.
func TestNotesAgreeWithTheRuns(t *testing.T) {
	t.Parallel()
	zones := []string{
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Africa/Cairo", "America/Santiago", "Pacific/Easter",
		"Antarctica/Troll", "Asia/Beirut", "Atlantic/Azores", "America/Nuuk", "Asia/Tokyo",
	}
	from := time.Date(2027, time.January, 15, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(rt, "zone")
		clock := time.Duration(rapid.IntRange(0, 4*60-1).Draw(rt, "minute")) * time.Minute
		at := time.Time{}.Add(clock)
		s, err := schedule.Parse("cron("+at.Format("4 15")+" * * ? *)", name)
		require.NoError(rt, err)
		zone, err := time.LoadLocation(name)
		require.NoError(rt, err)
		runs := map[string]time.Time{}
		for _, run := range s.Next(from, 400) {
			runs[run.In(zone).Format(time.DateOnly)] = run.In(zone)
		}
		leftOut, twice := 0, 0
		for day := from.AddDate(0, 0, 1); day.Before(from.AddDate(0, 0, 349)); day = day.AddDate(0, 0, 1) {
			run, fires := runs[day.Format(time.DateOnly)]
			if !fires {
				leftOut++
			}
			for _, later := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
				if fires && run.Add(later).Format("15:04") == run.Format("15:04") {
					twice++
				}
			}
		}
		notes := strings.Join(s.Notes(from), "\n")
		require.Equal(rt, leftOut, strings.Count(notes, "leave out"), notes)
		require.Equal(rt, twice, strings.Count(notes, "twice"), notes)
	})
}
