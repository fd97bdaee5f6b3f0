package front_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/front"
	"github.com/rezagent/rez_agent/local/ports"
)

func started(t *testing.T) *front.Front {
	t.Helper()
	port, err := ports.Pick(t.Context(), "API", "API_PORT", 0)
	require.NoError(t, err)
	dashboard := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dashboard, "assets"), 0o755))
	for name, content := range map[string]string{"index.html": "the page", "assets/app-1a2b.js": "the script", ".built": "a stamp"} {
		require.NoError(t, os.WriteFile(filepath.Join(dashboard, filepath.FromSlash(name)), []byte(content), 0o600))
	}
	f, err := front.Start(t.Context(), port, dashboard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Stop()) })
	return f
}

// get sends a path as it is written, and gives status and body.
func get(t *testing.T, f *front.Front, path string, headers ...string) (status int, body string) {
	t.Helper()
	var dial net.Dialer
	connection, err := dial.DialContext(t.Context(), "tcp", strings.TrimPrefix(f.URL, "http://"))
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	_, err = io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: me\r\nConnection: close\r\n"+strings.Join(headers, "\r\n")+"\r\n\r\n")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// gateway answers with what it was asked.
func gateway(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RequestURI+" "+r.Header.Get("X-Forwarded-For"))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestTheAPIsPathsReachTheGatewayAsTheyCame(t *testing.T) {
	t.Parallel()
	f := started(t)
	require.NoError(t, f.Serve(gateway(t).URL+"/_aws/execute-api/abc123"))
	for _, path := range []string{
		"/api/messages?limit=5&status=failed", "/api/messages/a%2Fb", "/api/auth/../messages", "/api/auth/%2e%2e/messages", "/api//x",
		"/api/docs/a%20b?x=%20", "/api", "/api/",
	} {
		status, body := get(t, f, path)
		require.Equal(t, http.StatusOK, status, path)
		require.Equal(t, "/_aws/execute-api/abc123"+path+" 127.0.0.1", body)
	}
}

func TestNobodyClaimsAnotherAddress(t *testing.T) {
	t.Parallel()
	f := started(t)
	require.NoError(t, f.Serve(gateway(t).URL))
	_, body := get(t, f, "/api/x", "X-Forwarded-For: 8.8.8.8")
	require.Equal(t, "/api/x 127.0.0.1", body)
}

func TestEveryOtherPathIsAPageOrAFileOfTheDashboard(t *testing.T) {
	t.Parallel()
	f := started(t)
	require.NoError(t, f.Serve(gateway(t).URL))
	for path, want := range map[string]string{
		"/": "the page", "/messages/1": "the page", "/apix": "the page", "/%61pi/messages": "the page", "/x/../api/messages": "the page",
		"/_ministack/reset": "the page", "/assets/app-1a2b.js": "the script",
	} {
		status, body := get(t, f, path)
		require.Equal(t, http.StatusOK, status, path)
		require.Equal(t, want, body, path)
	}
	for _, path := range []string{"/assets/gone.js", "/.built", "/../../etc/pass.wd", "/assets/..%2f..%2fgo.mod"} {
		status, _ := get(t, f, path)
		require.Equal(t, http.StatusNotFound, status, path)
	}
}

func TestUntilTheAPIIsDeployedItIsUnavailable(t *testing.T) {
	t.Parallel()
	f := started(t)
	status, body := get(t, f, "/api/health")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, "not deployed yet")
	require.ErrorContains(t, f.Serve("http://a b"), "the API's address")
}

func TestAGatewayThatIsGoneIsToldSo(t *testing.T) {
	t.Parallel()
	f := started(t)
	gone := gateway(t)
	gone.Close()
	require.NoError(t, f.Serve(gone.URL))
	status, body := get(t, f, "/api/health")
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, body, "the emulator does not answer")
}
