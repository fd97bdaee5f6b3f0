package emulator_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// group lists the living processes of a process group.
func group(t *testing.T, id int) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ps", "-e", "-o", "pgid=,stat=,args=").Output()
	require.NoError(t, err)
	var found []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if fields[0] == strconv.Itoa(id) && !strings.HasPrefix(fields[1], "Z") {
			found = append(found, strings.Join(fields[2:], " "))
		}
	}
	return found
}
