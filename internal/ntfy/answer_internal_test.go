package ntfy

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever gets the request next has the token and the text: it must be the same host, no less safely reached.
func TestOnlyTheSameHostGetsTheRequestAgainAndNeverInPlainAfterTLS(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, location string
		status         int
		next           string // empty: it is not followed
	}{
		"another path":             {"https://ntfy.example/", "/moved", 308, "https://ntfy.example/moved"},
		"the same host, spelled":   {"https://ntfy.example/", "https://NTFY.example/x", 307, "https://NTFY.example/x"},
		"from http to https":       {"http://ntfy.example/", "https://ntfy.example/", 308, "https://ntfy.example/"},
		"from https to http":       {"https://ntfy.example/", "http://ntfy.example/", 308, ""},
		"another port":             {"https://ntfy.example/", "https://ntfy.example:8443/", 308, ""},
		"a host that begins alike": {"https://ntfy.example/", "https://ntfy.example.evil/", 308, ""},
		"somebody's name in it":    {"https://ntfy.example/", "https://me:pw@ntfy.example/", 308, ""},
		"a GET's redirect":         {"https://ntfy.example/", "/moved", 302, ""},
		"to nowhere":               {"https://ntfy.example/", "", 307, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, err := url.Parse(test.from)
			require.NoError(t, err)
			next, follow := nextHop(&http.Response{StatusCode: test.status, Header: http.Header{"Location": {test.location}}}, from)
			require.Equal(t, test.next != "", follow)
			if follow {
				require.Equal(t, test.next, next)
			}
		})
	}
}

// A page of megabytes, sent by whatever answers in ntfy's place, must not fill a Lambda's memory.
func TestOfALongAnswerOnlyTheBeginningIsRead(t *testing.T) {
	t.Parallel()
	body := strings.NewReader(`{"id":"abc","message":"` + strings.Repeat("x", 1<<20))
	size := body.Len()
	answer, err := readAnswer(&http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body)}, strings.ToUpper, time.Now())
	require.NoError(t, err)
	require.Equal(t, "abc", answer.ID)
	require.Equal(t, maxAnswer, size-body.Len())
}
