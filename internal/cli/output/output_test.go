package output_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/cli/output"
)

func TestWhatCouldSteerATerminalIsMadeHarmless(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, clean, lines string }{
		"colours and cursor":     {"a\x1b[2Jb", "a�[2Jb", "a�[2Jb"},
		"title of the window":    {"\x1b]0;x\x07", "�]0;x�", "�]0;x�"},
		"eight-bit controls":     {"a\u009b31m", "a�31m", "a�31m"},
		"reading direction":      {"a\u202eb\u2066", "a�b�", "a�b�"},
		"lines":                  {"a\nb\tc\r\n", "a b c  ", "a\nb\tc�\n"},
		"what people write":      {"Größe 界 👨‍👩‍👧 <b>", "Größe 界 👨‍👩‍👧 <b>", "Größe 界 👨‍👩‍👧 <b>"},
		"bytes that are no rune": {"a\xffb", "a�b", "a�b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.clean, output.Clean(test.text))
			require.Equal(t, test.lines, output.CleanLines(test.text))
		})
	}
}

func TestTablesLineUpAndFitTheTerminal(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		width int
		want  string
	}{
		"anywhere":      {0, "ID       DETAIL\n1        a long reason that does not fit\nlonger   界\n"},
		"on a terminal": {28, "ID       DETAIL\n1        a long reason th…\nlonger   界\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			p := output.Printer{Out: &out, Width: test.width}
			require.NoError(t, p.Table([]string{"ID", "DETAIL"}, [][]output.Cell{
				output.Plain("1", "a long reason that does not fit"), output.Plain("longer ", "界"),
			}))
			require.Equal(t, test.want, out.String())
		})
	}
}

func TestABriefTextIsCutOnATerminalAlone(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("界", 20) + "\x1b"
	require.Equal(t, long, (&output.Printer{}).Brief(long))
	require.Equal(t, strings.Repeat("界", 15)+"…", (&output.Printer{Width: 200}).Brief(long))
	require.Equal(t, "a�b", (&output.Printer{Width: 20}).Brief("a\x1bb"))
}

func TestJSONIsOneLineAndItsTextIsNotChanged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := output.Printer{Out: &out}
	require.NoError(t, p.JSON(map[string]string{"a": "<&>\n\x1b"}))
	require.Equal(t, `{"a":"<&>\n\u001b"}`+"\n", out.String())
}
