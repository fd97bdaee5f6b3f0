package infra_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/infra"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// TestAppAndLambdaAgreeOnAddresses: the app must refuse what SendNtfy would refuse, and nothing else.
func TestAppAndLambdaAgreeOnAddresses(t *testing.T) {
	t.Parallel()
	assets := t.TempDir()
	writeBootstraps(assets)
	for _, address := range []string{
		"https://ntfy.sh/my_topic", "http://127.0.0.1:8080/topic/", "http://127.0.0.1:8080/push/my_topic",
		"http://[::1]:8080/a/b-2/c.d/my-topic_1", "https://ntfy.sh//topic", "https://ntfy.sh/" + strings.Repeat("t", 64),
		"http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/my.topic", "http://127.0.0.1:8080/a%20b",
		"http://127.0.0.1:8080/topic?x=1", "http://127.0.0.1:8080/topic?", "http://127.0.0.1:8080/topic#x",
		"http://127.0.0.1:8080/topic#", "http://u:hunter2@127.0.0.1/topic", "http://127.0.0.1:8080/topic ",
		"http://127.0.0.1:8080/topic\n", " http://127.0.0.1:8080/topic", "http://127.0.0.1:8080/to pic", "127.0.0.1:8080/topic",
		"ntfy.sh/topic", "u:hunter2@ntfy.sh/topic", "ftp://ntfy.sh/topic", "https:///topic", "https://ntfy.sh:99999/topic",
		"https://ntfy.sh:0/topic", "https://ntfy.sh/a//topic", "https://ntfy.sh/../topic", "https://ntfy.sh/./topic",
		"https://ntfy.sh/a%2Fb/topic", "https://ntfy.sh/u:hunter2@x", "https://u:hunter2%zz@ntfy.sh/topic",
		"https://ntfy.sh/" + strings.Repeat("t", 65),
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			_, lambdaErr := ntfy.ParseURL(address)
			_, appErr := infra.ReadOptions(lookup(map[string]string{"stage": "local", "assets": assets, "dashboard": assets, "ntfy_url": address}), noEnvironment)
			require.Equal(t, lambdaErr == nil, appErr == nil, "Lambda: %v; app: %v", lambdaErr, appErr)
			if appErr != nil {
				require.ErrorContains(t, appErr, "ntfy_url")
				require.ErrorContains(t, appErr, "https://ntfy.sh/my_topic", "what is allowed")
				require.NotContains(t, appErr.Error(), "hunter2")
				require.NotContains(t, appErr.Error(), "\n")
			}
		})
	}
}
