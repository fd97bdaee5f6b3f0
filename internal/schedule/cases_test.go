package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/schedule"
)

// moment reads RFC 3339.
func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func parsed(t *testing.T, expression, timezone string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(expression, timezone)
	require.NoError(t, err)
	return s
}

// requireRuns requires the next runs, written in RFC 3339 UTC.
func requireRuns(t *testing.T, s schedule.Schedule, after string, want ...string) {
	t.Helper()
	var got []string
	for _, run := range s.Next(moment(t, after), len(want)) {
		got = append(got, run.Format(time.RFC3339))
	}
	require.Equal(t, want, got)
}

func TestNextRunsAcrossDaylightSaving(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		expression, zone, after string
		want                    []string
	}{
		"02:30 does not exist on the day of the change to summer": {
			"cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-27T00:00:00Z",
			[]string{"2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"},
		},
		"02:30 comes once, the first time, on the day of the change to winter": {
			"cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-30T00:00:00Z",
			[]string{"2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"},
		},
		"between the two 02:30 the next is that of the next day": {
			"cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-31T00:30:00Z", []string{"2027-11-01T01:30:00Z"},
		},
		"within the doubled hour its minutes are over": {
			"cron(0/30 * * * ? *)", "Europe/Berlin", "2027-10-31T00:15:00Z",
			[]string{"2027-10-31T00:30:00Z", "2027-10-31T02:00:00Z", "2027-10-31T02:30:00Z"},
		},
		"a change of half an hour": {
			"cron(45 1 * * ? *)", "Australia/Lord_Howe", "2027-04-02T20:00:00Z",
			[]string{"2027-04-03T14:45:00Z", "2027-04-04T15:15:00Z"},
		},
		"a change at midnight": {
			"cron(15 0 * * ? *)", "Africa/Cairo", "2027-04-28T22:00:00Z",
			[]string{"2027-04-28T22:15:00Z", "2027-04-30T21:15:00Z"},
		},
		"no zone is UTC, which has no changes": {
			"cron(30 2 * * ? *)", "", "2027-03-27T12:00:00Z", []string{"2027-03-28T02:30:00Z", "2027-03-29T02:30:00Z"},
		},
		"a zone with a number in its name": {
			"cron(30 2 * * ? *)", "EST5EDT", "2027-03-13T12:00:00Z", []string{"2027-03-15T06:30:00Z"},
		},
		"a single time that comes twice is the first": {
			"at(2027-10-31T02:30:00)", "Europe/Berlin", "2027-10-01T00:00:00Z", []string{"2027-10-31T00:30:00Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRuns(t, parsed(t, c.expression, c.zone), c.after, c.want...)
		})
	}
}

func TestADayOfARateIs24HoursWhateverTheClocksDo(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"2027-03-27T11:00:00Z", "2027-10-30T11:00:00Z"} {
		s := parsed(t, "rate(1 day)", "Europe/Berlin").Starting(moment(t, start))
		last := moment(t, start)
		for _, run := range s.Next(last, 3) {
			require.Equal(t, 24*time.Hour, run.Sub(last))
			last = run
		}
	}
}

func TestARateIsCountedFromItsStart(t *testing.T) {
	t.Parallel()
	s := parsed(t, "rate(5 hours)", "")
	requireRuns(t, s, "2027-03-01T07:59:00Z", "2027-03-01T12:59:00Z", "2027-03-01T17:59:00Z")
	s = s.Starting(moment(t, "2027-03-01T01:00:00Z"))
	requireRuns(t, s, "2027-02-01T00:00:00Z", "2027-03-01T06:00:00Z", "2027-03-01T11:00:00Z")
	requireRuns(t, s, "2027-03-01T05:59:59Z", "2027-03-01T06:00:00Z")
	requireRuns(t, s, "2027-03-01T06:00:00Z", "2027-03-01T11:00:00Z")
	requireRuns(t, s, "2027-03-03T12:00:00Z", "2027-03-03T13:00:00Z")
}

func TestDayFieldsAsAWSReadsThem(t *testing.T) {
	t.Parallel()
	const newYear = "2027-01-01T00:00:00Z" // a Friday
	for expression, c := range map[string]struct {
		want     []string // days of 2027, all at 09:00
		sentence string
	}{
		"cron(0 9 ? * 2-6 *)": {
			[]string{"01-01", "01-04", "01-05", "01-06", "01-07", "01-08", "01-11"}, "At 09:00 every Monday to Friday, UTC",
		},
		"cron(0 9 ? * MON-FRI *)":     {[]string{"01-01", "01-04"}, "At 09:00 every Monday to Friday, UTC"},
		"cron(0 9 ? * 1 *)":           {[]string{"01-03", "01-10"}, "At 09:00 every Sunday, UTC"},
		"cron(0 9 ? * 7 *)":           {[]string{"01-02", "01-09"}, "At 09:00 every Saturday, UTC"},
		"cron(0 9 ? * L *)":           {[]string{"01-02", "01-09"}, "At 09:00 every Saturday, UTC"},
		"cron(0 9 ? * SUN,SAT,FRI *)": {[]string{"01-01", "01-02", "01-03", "01-08"}, "At 09:00 every Friday to Sunday, UTC"},
		"cron(0 9 ? * 2/2 *)":         {[]string{"01-01", "01-04", "01-06", "01-08"}, "At 09:00 every Monday, Wednesday and Friday, UTC"},
		"cron(0 9 ? * 6L *)":          {[]string{"01-29", "02-26"}, "At 09:00 on the last Friday of the month, UTC"},
		"cron(0 9 ? * FRIL *)":        {[]string{"01-29", "02-26"}, "At 09:00 on the last Friday of the month, UTC"},
		"cron(0 9 ? * 2#1 *)":         {[]string{"01-04", "02-01"}, "At 09:00 on the 1st Monday of the month, UTC"},
		"cron(0 9 ? * FRI#5 *)":       {[]string{"01-29", "04-30"}, "At 09:00 on the 5th Friday of the month, UTC"},
		"cron(0 9 L * ? *)":           {[]string{"01-31", "02-28", "03-31"}, "At 09:00 on the last day of the month, UTC"},
		"cron(0 9 LW * ? *)":          {[]string{"01-29", "02-26"}, "At 09:00 on the last weekday of the month, UTC"},
		"cron(0 9 15W 8 ? 2027)":      {[]string{"08-16"}, "At 09:00 on the weekday nearest the 15th of the month in August 2027, UTC"},
		"cron(0 9 1W 5 ? *)":          {[]string{"05-03"}, "At 09:00 on the weekday nearest the 1st of the month in May, UTC"},
		"cron(0 9 31W 1,2 ? *)": {
			[]string{"01-29"},
			"At 09:00 on the weekday nearest the 31st of the month in January and February, UTC",
		},
		"cron(0 9 1,15,31 2-4 ? *)": {
			[]string{"02-01", "02-15", "03-01", "03-15", "03-31", "04-01"},
			"At 09:00 on the 1st, 15th and 31st of the month in February to April, UTC",
		},
		"cron(0 9 */10 JAN,FEB ? 2027)": {
			[]string{"01-01", "01-11", "01-21", "01-31", "02-01"},
			"At 09:00 on the 1st, 11th, 21st and 31st of the month in January and February 2027, UTC",
		},
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			s := parsed(t, expression, "")
			for i, day := range c.want {
				c.want[i] = "2027-" + day + "T09:00:00Z"
			}
			requireRuns(t, s, newYear, c.want...)
			require.Equal(t, c.sentence, s.Sentence())
		})
	}
}

func TestWhatAWSTakesIsTaken(t *testing.T) {
	t.Parallel()
	for expression, c := range map[string]struct {
		want     []string
		sentence string
	}{
		"cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)": {
			[]string{"2027-01-01T08:00:00Z", "2027-01-01T08:01:00Z"}, "At the minutes 0 to 15 in the hour 8 every Monday to Saturday, UTC",
		},
		"cron(0 11-23/2 * * ? *)": {
			[]string{"2027-01-01T11:00:00Z", "2027-01-01T13:00:00Z"},
			"At 11:00, 13:00, 15:00, 17:00, 19:00, 21:00 and 23:00 every day, UTC",
		},
		"cron(30-30 13-13 ? * 2,4,6 *)": {
			[]string{"2027-01-01T13:30:00Z", "2027-01-04T13:30:00Z"}, "At 13:30 every Monday, Wednesday and Friday, UTC",
		},
		"cron(1-31/30 1-1 ? * 1,7 *)": {
			[]string{"2027-01-02T01:01:00Z", "2027-01-02T01:31:00Z"}, "At 01:01 and 01:31 every Saturday and Sunday, UTC",
		},
		"cron(* * * * ? *)":   {[]string{"2027-01-01T00:01:00Z"}, "Every minute every day, UTC"},
		"cron(0/5 * * * ? *)": {[]string{"2027-01-01T00:05:00Z"}, "Every 5 minutes every day, UTC"},
		"cron(*/7 8 * * ? *)": {
			[]string{"2027-01-01T08:00:00Z"},
			"At the minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 in the hour 8 every day, UTC",
		},
		"cron(5 * * * ? *)":    {[]string{"2027-01-01T00:05:00Z"}, "At minute 5 of every hour every day, UTC"},
		"cron(0 0 1 1 ? 2030)": {[]string{"2030-01-01T00:00:00Z"}, "At 00:00 on the 1st of the month in January 2030, UTC"},
		"cron(0 0 29 2 ? *)":   {[]string{"2028-02-29T00:00:00Z"}, "At 00:00 on the 29th of the month in February, UTC"},
		"cron(0 0 1 * ? 2029-2031,2040)": {
			[]string{"2029-01-01T00:00:00Z"}, "At 00:00 on the 1st of the month in 2029 to 2031 and 2040, UTC",
		},
		"cron(0 0 1 1 ? */2)": {
			[]string{"2028-01-01T00:00:00Z"},
			"At 00:00 on the 1st of the month in January in 115 of the years 1970 to 2198, UTC",
		},
		"cron(00 09 * * ? 2199)":  {[]string{"2199-01-01T09:00:00Z"}, "At 09:00 every day in 2199, UTC"},
		"rate(1 minute)":          {[]string{"2027-01-01T00:01:00Z"}, "Every minute"},
		"rate(90 minutes)":        {[]string{"2027-01-01T01:30:00Z"}, "Every 90 minutes"},
		"rate(1 day)":             {[]string{"2027-01-02T00:00:00Z"}, "Every day, counted as 24 hours"},
		"rate(99999 days)":        {[]string{"2300-10-16T00:00:00Z"}, "Every 99999 days, counted as 24 hours"},
		"at(2027-03-01T09:00:00)": {[]string{"2027-03-01T09:00:00Z"}, "Once, on Monday, 1 March 2027 at 09:00, UTC"},
		"at(2027-03-01T09:00:07)": {[]string{"2027-03-01T09:00:07Z"}, "Once, on Monday, 1 March 2027 at 09:00:07, UTC"},
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			s := parsed(t, expression, "")
			requireRuns(t, s, "2027-01-01T00:00:00Z", c.want...)
			require.Equal(t, c.sentence, s.Sentence())
			require.NoError(t, s.Ahead(moment(t, "2027-01-01T00:00:00Z")))
		})
	}
}

func TestWhatAWSRefusesIsRefusedWithTheRightForm(t *testing.T) {
	t.Parallel()
	for expression, says := range map[string][]string{
		"rate(1 minutes)":             {"plural minutes", "did you mean rate(1 minute)?"},
		"rate(5 minute)":              {"singular minute", "did you mean rate(5 minutes)?"},
		"rate(0 hours)":               {`has "0"`, "did you mean rate(1 hour)?"},
		"rate(30 seconds)":            {`unit "seconds"`, "did you mean rate(1 minute)?", "minutes, hours or days"},
		"rate(-5 minutes)":            {`"-5"`},
		"rate(1.5 hours)":             {`"1.5"`},
		"rate(100000 days)":           {`"100000"`, "99999"},
		"rate(05 minutes)":            {`"05"`, "did you mean rate(5 minutes)?"},
		"rate(5  minutes)":            {"did you mean rate(5 minutes)?"},
		"rate(5 Minutes)":             {"did you mean rate(5 minutes)?"},
		"rate(5minutes)":              {`"5minutes"`},
		"rate()":                      {`has ""`},
		"5 minutes":                   {"none of the three forms", "did you mean rate(5 minutes)?"},
		"*/5 * * * *":                 {"none of the three forms", "did you mean cron(*/5 * * * ? *)?"},
		"0 9 * * 1-5":                 {"did you mean cron(0 9 ? * MON-FRI *)?"},
		"0 9 * * 0,6":                 {"did you mean cron(0 9 ? * SUN,SAT *)?"},
		"0 9 1 * *":                   {"did you mean cron(0 9 1 * ? *)?"},
		"0 9 * * ? *":                 {"did you mean cron(0 9 * * ? *)?"},
		"cron(0 12 * * * *)":          {`day-of-month "*" and day-of-week "*"`, "a ? in exactly one", "did you mean cron(0 12 * * ? *)?"},
		"cron(0 12 * * MON *)":        {"did you mean cron(0 12 ? * MON *)?"},
		"cron(0 12 ? * ? *)":          {"did you mean cron(0 12 * * ? *)?"},
		"cron(0 12 1 * MON *)":        {"a ? in exactly one"},
		"cron(0 12 * * ?)":            {"has 5 fields", "did you mean cron(0 12 * * ? *)?"},
		"cron(0 12 * *)":              {"has 4 fields", "cron(minutes hours day-of-month month day-of-week year)"},
		"cron()":                      {"has 1 fields"},
		"cron(*/60 * * * ? *)":        {`step "60" in the field minutes`, "steps of 1 to 59"},
		"cron(*/0 * * * ? *)":         {`step "0"`},
		"cron(60 * * * ? *)":          {`"60" in the field minutes`, "0 to 59"},
		"cron(0 24 * * ? *)":          {`"24" in the field hours`, "0 to 23"},
		"cron(0 9 0 * ? *)":           {`"0" in the field day-of-month`, "1 to 31"},
		"cron(0 9 * 13 ? *)":          {`"13" in the field month`, "1 to 12 (1 is JAN) or JAN to DEC"},
		"cron(0 9 ? * 0 *)":           {`"0" in the field day-of-week`, "1 to 7 (1 is SUN) or SUN to SAT"},
		"cron(0 9 ? * 8 *)":           {`"8" in the field day-of-week`},
		"cron(0 9 ? * mon *)":         {"did you mean cron(0 9 ? * MON *)?"},
		"cron(0 9 ? * UNM *)":         {`"UNM"`},
		"cron(0 9 ? * FRI-MON *)":     {"FRI-MON, which goes backwards"},
		"cron(0 9 ? * 2#1,2#3 *)":     {"one # alone"},
		"cron(0 9 ? * 2#6 *)":         {"1 to 5"},
		"cron(0 9 ? * 9L *)":          {`"9" in the field day-of-week`},
		"cron(0 9 L,15 * ? *)":        {"L alone"},
		"cron(0 9 L-3 * ? *)":         {"L alone"},
		"cron(0 9 W * ? *)":           {`has ""`},
		"cron(0 9 1W,15W * ? *)":      {`"1W,15"`},
		"cron(0 9 * * ? 1969)":        {"1970 to 2199"},
		"cron(0 9 * * ? 2200)":        {"1970 to 2199"},
		"cron(1, * * * ? *)":          {`has "" in the field minutes`},
		"cron(1-2-3 * * * ? *)":       {`"2-3"`},
		"cron(1/2/3 * * * ? *)":       {`step "2/3"`},
		"cron(+1 * * * ? *)":          {`"+1"`},
		"cron(0  9 * * ? *)":          {"did you mean cron(0 9 * * ? *)?"},
		" cron(0 9 * * ? *)":          {"did you mean cron(0 9 * * ? *)?"},
		"cron(0 9 * * ? *) ":          {"did you mean cron(0 9 * * ? *)?"},
		"cron(0 0 31 2 ? *)":          {"never fires"},
		"cron(0 0 31 2,4,6,9,11 ? *)": {"never fires"},
		"cron(0 0 29 2 ? 2100)":       {"never fires"},
		"CRON(0 9 * * ? *)":           {"small letters", "did you mean cron(0 9 * * ? *)?"},
		"Rate(5 minutes)":             {"did you mean rate(5 minutes)?"},
		"at(2027-03-01 09:00)":        {"no time", "did you mean at(2027-03-01T09:00:00)?"},
		"at(2027-03-01T09:00:00Z)":    {"did you mean at(2027-03-01T09:00:00)?"},
		"at(2027-03-01)":              {"did you mean at(2027-03-01T00:00:00)?"},
		"at(2027-03-01T9:00:00)":      {"no time"},
		"at(2027-03-01T09:00:00.5)":   {"no time"},
		"at(2027-02-30T09:00:00)":     {"no time"},
		"at(2200-01-01T00:00:00)":     {"year 2200"},
		"":                            {"0 bytes"},
		"@daily":                      {"none of the three forms"},
		"cron(0 9 * * ? *":            {"did you mean cron(0 9 * * ? *)?"},
		"rate(" + strings.Repeat("9", 300) + " days)": {"bytes", "256"},
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			_, err := schedule.Parse(expression, "")
			faults := schedule.Faults(err)
			require.Len(t, faults, 1)
			require.Equal(t, "expression", faults[0].Field)
			require.NotEmpty(t, faults[0].Allowed)
			for _, part := range says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

func TestATimeThatTheClocksLeaveOutNeverFires(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{"at(2027-03-28T02:30:00)", "cron(30 2 28 3 ? 2027)", "cron(0/15 2 ? 3 1L 2027-2199)"} {
		_, err := schedule.Parse(expression, "Europe/Berlin")
		require.ErrorContains(t, err, "never fires", expression)
		_, err = schedule.Parse(expression, "")
		require.NoError(t, err, expression)
	}
	s := parsed(t, "cron(30 2 ? 3 1L *)", "Europe/Berlin") // before 1980 it did
	require.ErrorContains(t, s.Ahead(moment(t, "2027-01-01T00:00:00Z")), "never fires again")
}

func TestWhatIsPastIsReadButNotAhead(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-11-25T08:00:00Z")
	for expression, says := range map[string]string{
		"cron(0 9 1 1 ? 2020)":    "never fires again",
		"at(2026-11-25T07:59:59)": "already past",
		"at(2026-11-25T08:00:00)": "already past",
	} {
		s := parsed(t, expression, "")
		require.Empty(t, s.Next(now, 5))
		err := s.Ahead(now)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "2026-11-25T08:00:00, UTC")
	}
	require.NoError(t, parsed(t, "at(2026-11-25T08:00:01)", "").Ahead(now))
	err := parsed(t, "at(2026-11-25T08:30:00)", "Europe/Berlin").Ahead(now)
	require.ErrorContains(t, err, "a time after 2026-11-25T09:00:00, Europe/Berlin")
}

func TestNoRunsAreAnEmptyList(t *testing.T) {
	t.Parallel()
	s := parsed(t, "at(2027-03-01T09:00:00)", "")
	require.Equal(t, []time.Time{}, s.Next(moment(t, "2027-03-02T00:00:00Z"), 5))
	require.Equal(t, []time.Time{}, s.Next(moment(t, "2027-01-01T00:00:00Z"), 0))
}
