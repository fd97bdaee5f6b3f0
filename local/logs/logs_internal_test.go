package logs

import (
	"bytes"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/stretchr/testify/require"
)

func lineOf(text string) line {
	at := time.Date(2027, 1, 2, 3, 4, 5, 678e6, time.Local)
	return line{"rez-agent-sendntfy-local", types.FilteredLogEvent{
		EventId: aws.String("1"), LogStreamName: aws.String("s"), Message: &text, Timestamp: aws.Int64(at.UnixMilli()),
	}}
}

func TestLinesAreReadable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"level":"info","time":"x","msg":"attempt","message_id":"0190d1a2-0000-7000-8000-0123456789ab","status":200,"class":"delivered"}`: "03:04:05.678 sendntfy       456789ab attempt class=delivered status=200",
		`{"msg":"done","stage":"local","function":"f","request_id":"r","took":0.0421}`:                                                     "03:04:05.678 sendntfy                done took=42ms",
		`{"msg":"done","deferrals":0,"detail":"","open":false}`:                                                                            "03:04:05.678 sendntfy                done",
		"panic: something\n":               "03:04:05.678 sendntfy                panic: something",
		"START RequestId: 1 Version: 2":    "",
		"END RequestId: 1":                 "",
		"REPORT RequestId: 1\tDuration: 2": "",
	} {
		require.Equal(t, want, (&Stream{}).readable(lineOf(text)), text)
	}
}

func TestALineIsShownOnceAlthoughItIsReadAgain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	stream, seen := &Stream{Out: &out}, map[string]time.Time{}
	stream.write([]line{lineOf("one"), lineOf("two")}, seen)
	stream.write([]line{lineOf("two"), lineOf("three")}, seen)
	require.Equal(t, 3, bytes.Count(out.Bytes(), []byte("\n")))

	forget(seen, time.Now().Add(24*365*10*time.Hour))
	require.Empty(t, seen)
}

func TestEachFunctionHasAColourOfItsOwnOnATerminal(t *testing.T) {
	t.Parallel()
	stream := &Stream{Colour: true}
	require.Contains(t, stream.coloured("sendntfy"), "\x1b[")
	require.NotEqual(t, stream.coloured("sendntfy"), stream.coloured("processor"))
}
