package ntfy_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

// TestNothingSecretComesBack has servers repeat the whole request in every way they could, and looks for it in what the
// record would keep.
func TestNothingSecretComesBack(t *testing.T) {
	t.Parallel()
	const token = "tk_" + "AgQdq7mVBoFD37zQVN29RhuMzNIz2"
	n := ntfy.Notification{
		Title: `Door code "4711-0815"`, Message: "Der Code <lautet> 4711-0815 & bleibt geheim; ruf Mama an.",
		Click: "https://example.com/secret-path",
		Actions: []ntfy.Action{{
			Action: "http", Label: "Open", URL: "https://door.example.com/open",
			Headers: map[string]string{"Authorization": "Bearer door-token-1"},
		}},
	}
	secrets := []string{token, token[3:], "4711", "0815", "geheim", "Mama", "secret-path", "door-token", "hunter2"}
	for name, handle := range echoes() {
		for _, status := range []int{200, 301, 302, 307, 400, 401, 403, 404, 413, 429, 500, 503} {
			client := startAnswering(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				handle(w, status, string(body), r.Header.Get("Authorization"))
			})
			result := client.Publish(t.Context(), n, token)
			require.True(t, utf8.ValidString(result.Detail))
			require.NotContains(t, result.Detail, "\n")
			for _, secret := range secrets {
				require.NotContains(t, result.Detail, secret, "%s with %d", name, status)
			}
		}
	}
}

// echoes are servers that repeat a request's body and Authorization header.
func echoes() map[string]func(w http.ResponseWriter, status int, body, auth string) {
	return map[string]func(w http.ResponseWriter, status int, body, auth string){
		"plain": func(w http.ResponseWriter, status int, body, auth string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, auth+" "+body)
		},
		"short pieces": func(w http.ResponseWriter, status int, body, auth string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, auth[10:25]+" | "+body[30:80])
		},
		"page": func(w http.ResponseWriter, status int, body, auth string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html><p>"+template(body)+"</p><b>"+auth+"</b>")
		},
		"error of ntfy": func(w http.ResponseWriter, status int, body, auth string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"code":`+codeFor(status)+`,"http":400,"error":`+quote("invalid: "+body+auth)+`}`)
		},
		"cut JSON": func(w http.ResponseWriter, status int, body, auth string) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"request":`+quote(auth + body)[:100])
		},
		"redirect": func(w http.ResponseWriter, status int, body, auth string) {
			w.Header().Set("Location", "http://u:hunter2@h.example/"+path(body)+"/"+path(auth)+"?q="+path(auth)+"#"+path(body))
			w.WriteHeader(status)
		},
		"not HTTP": func(w http.ResponseWriter, _ int, body, auth string) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, auth+body+"\r\n\r\n")
				_ = conn.Close()
			}
		},
	}
}

// The spellings in which servers repeat what they got.

func template(text string) string { return html.EscapeString(text) }

func path(text string) string { return url.PathEscape(text) }

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return strconv.Quote(text)
	}
	return string(quoted)
}

// codeFor gives a code of ntfy's form for the status.
func codeFor(status int) string { return strconv.Itoa(status*100 + 1) }
