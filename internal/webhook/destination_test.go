package webhook_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/webhook"
)

func TestAReceiverIsAnHTTPSAddress(t *testing.T) {
	t.Parallel()
	for raw, host := range map[string]string{
		"https://example.com":                   "example.com",
		"https://example.com:8443/hooks/a?b=c":  "example.com:8443",
		"http://127.0.0.1:9999/":                "127.0.0.1:9999",
		"http://[::1]/hook":                     "[::1]",
		"http://localhost:1/hook":               "localhost:1",
		"https://example.com/%20x/T0/B0/secret": "example.com",
	} {
		dest, err := webhook.ParseURL(raw)
		require.NoError(t, err, raw)
		require.Equal(t, webhook.Destination{URL: raw, Host: host}, dest)
	}
}

func TestAFaultyAddressIsNamedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for raw, says := range map[string]string{
		"":                                 "scheme",
		"example.com/s3cret":               "scheme",
		"ftp://example.com/s3cret":         "scheme",
		"http://example.com/s3cret":        "scheme is not https",
		"http://127.0.0.1.example/s3cret":  "scheme is not https",
		"https://u:s3cret@example.com":     "user name",
		"https:///s3cret":                  "host is missing",
		"https://example.com:0/s3cret":     "port",
		"https://example.com:70000/s3cret": "port",
		"https://example.com/s3cret#x":     "fragment",
		" https://example.com/s3cret":      "space",
		"https://example.com/s3cret\n":     "line break",
		"https://exa mple.com/s3cret":      "space",
		"https://example.com/%zz/s3cret":   "not an address",
	} {
		_, err := webhook.ParseURL(raw)
		require.ErrorContains(t, err, says, raw)
		require.ErrorContains(t, err, "WEBHOOK_URL")
		require.ErrorContains(t, err, "allowed: https://")
		require.NotContains(t, err.Error(), "s3cret")
	}
}
