package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/schedule"
)

// patience is far more than the rarest expression takes on a busy machine, and far less than a request may.
const patience = 2 * time.Second

// Whatever is written: an answer comes soon, and what was taken fires in order, when it says.
func FuzzParse(f *testing.F) {
	for _, expression := range []string{
		"", "(", ")", "at()", "rate()", "cron()", "cron(( * * * * *))", "at(2027-03-28T02:30:00)", "rate(1 minute)", "rate(99999 days)",
		"*/5 * * * *", "cron(* * * * ? *)", "cron(0 0 29 2 ? *)", "cron(0 0 31 2 ? *)", "cron(30 2 ? 3 1L *)", "cron(0 9 15W 8 ? 2027)",
		"cron(0 9 LW * ? *)", "cron(0 9 ? * 2#5 *)", "cron(1/2,3/4,5-59/6 */7 1,2,30 */5 ? 1970/7,1971/9)", "cron(59 23 31 12 ? 2199)",
		"cron(0 0 30 2 ? 1970-2199)", "rate(９ minutes)", "cron(\x00 * * * ? *)", "cron(0 9 ? * #L *)", "cron(0 9 WWL * ? *)", "\xff\xfe",
	} {
		for _, zone := range []string{"", "Europe/Berlin", "Pacific/Apia", "UTC+", "-"} {
			f.Add(expression, zone)
		}
	}
	f.Fuzz(func(t *testing.T, expression, zone string) {
		began := time.Now()
		s, err := schedule.Parse(expression, zone)
		if err != nil {
			require.NotEmpty(t, schedule.Faults(err))
			require.Less(t, time.Since(began), patience)
			return
		}
		last := time.Date(2027, time.March, 27, 12, 0, 0, 0, time.UTC)
		for _, run := range s.Next(last, 5) {
			require.True(t, run.After(last), "%s after %s", run, last)
			last = run
		}
		sentence := s.Sentence()
		for _, note := range s.Notes(time.Date(2027, time.March, 27, 12, 0, 0, 0, time.UTC)) {
			require.NotContains(t, note, "%!")
			require.Less(t, len(note), 300)
		}
		require.Less(t, time.Since(began), patience)
		require.NotEmpty(t, sentence)
		require.LessOrEqual(t, len(sentence), 512)
		require.NotContains(t, sentence, "%!")
	})
}
