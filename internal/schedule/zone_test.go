package schedule_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/schedule"
)

func TestABadZoneIsNamedWithWhatWasMeant(t *testing.T) {
	t.Parallel()
	for zone, meant := range map[string]string{
		"europe/berlin":          "Europe/Berlin",
		"EUROPE/BERLIN":          "Europe/Berlin",
		"Berlin":                 "Europe/Berlin",
		"new york":               "America/New_York",
		"utc":                    "Etc/UTC",
		"UTC+2":                  "Etc/GMT-2",
		"GMT-05:00":              "Etc/GMT+5",
		"+14":                    "Etc/GMT-14",
		"UTC+15":                 "",
		"UTC+5:30":               "",
		"Mars/Olympus":           "",
		"Local":                  "",
		"Factory":                "",
		"posix/Europe/Berlin":    "",
		"../zoneinfo/UTC":        "",
		" Europe/Berlin":         "",
		"Europe/Berlin\nUTC":     "",
		"Europe/":                "",
		strings.Repeat("x", 999): "",
	} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			_, err := schedule.Parse("rate(5 minutes)", zone)
			faults := schedule.Faults(err)
			require.Len(t, faults, 1)
			require.Equal(t, "timezone", faults[0].Field)
			if meant == "" {
				require.NotContains(t, faults[0].Problem, "did you mean")
				return
			}
			require.Contains(t, faults[0].Problem, "did you mean "+meant+"?")
			_, err = schedule.Parse("rate(5 minutes)", meant)
			require.NoError(t, err)
		})
	}
}

func TestABadZoneAndABadExpressionAreBothSaid(t *testing.T) {
	t.Parallel()
	_, err := schedule.Parse("rate(1 minutes)", "europe/berlin")
	faults := schedule.Faults(err)
	require.Len(t, faults, 2)
	require.Equal(t, "expression", faults[0].Field)
	require.Equal(t, "timezone", faults[1].Field)
}

func TestAbsentIsUTCAndSaidSo(t *testing.T) {
	t.Parallel()
	s := parsed(t, "cron(0 9 * * ? *)", "")
	require.Equal(t, "UTC", s.Timezone())
	require.Equal(t, "At 09:00 every day, UTC", s.Sentence())
	require.Equal(t, "At 09:00 every day, Europe/Berlin", parsed(t, "cron(0 9 * * ? *)", "Europe/Berlin").Sentence())
}

const renew = "renew with UPDATE_GOLDEN=1 go test ./internal/schedule -run TestZones -count=1"

// The list is that of the Go release, whose zones the binary carries.
func TestZonesAreThoseOfTheTZDatabase(t *testing.T) {
	t.Parallel()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	require.NoError(t, err)
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	require.NoError(t, err)
	defer func() { require.NoError(t, archive.Close()) }()
	var names []string
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/") && file.Name != "Factory" { // that one is for machines nobody has set up
			names = append(names, file.Name)
		}
	}
	slices.Sort(names)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile("zones.txt", []byte(strings.Join(names, "\n")+"\n"), 0o644))
	}
	listed, err := os.ReadFile("zones.txt")
	require.NoError(t, err)
	require.Equal(t, names, strings.Split(strings.TrimSpace(string(listed)), "\n"), renew)
	for _, name := range names {
		_, err := schedule.Parse("cron(0 9 * * ? *)", name)
		require.NoError(t, err, name)
	}
}
