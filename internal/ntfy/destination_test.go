package ntfy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

func TestParseURLSplitsEndpointAndTopic(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]ntfy.Destination{
		"https://ntfy.sh/my_topic":               {Endpoint: "https://ntfy.sh/", Topic: "my_topic"},
		"http://127.0.0.1:8080/topic/":           {Endpoint: "http://127.0.0.1:8080/", Topic: "topic"},
		"http://127.0.0.1:8080/push/my_topic":    {Endpoint: "http://127.0.0.1:8080/push/", Topic: "my_topic"},
		"http://[::1]:8080/a/b-2/c.d/my-topic_1": {Endpoint: "http://[::1]:8080/a/b-2/c.d/", Topic: "my-topic_1"},
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			dest, err := ntfy.ParseURL(raw)
			require.NoError(t, err)
			require.Equal(t, want, dest)
		})
	}
}

func TestParseURLNamesTheFaultyPart(t *testing.T) {
	t.Parallel()
	for raw, says := range map[string]string{
		"":                                   "is empty",
		"http://127.0.0.1:8080":              "topic is missing",
		"http://127.0.0.1:8080/":             "topic is missing",
		"http://127.0.0.1:8080/my.topic":     `topic "my.topic"`,
		"http://127.0.0.1:8080/a%20b":        "topic is not",
		"http://127.0.0.1:8080/topic?x=1":    "query",
		"http://127.0.0.1:8080/topic?":       "query",
		"http://127.0.0.1:8080/topic#x":      "fragment",
		"http://127.0.0.1:8080/topic#":       "fragment",
		"http://u:hunter2@127.0.0.1/topic":   "user name or password",
		"http://127.0.0.1:8080/topic ":       "space or a line break",
		"http://127.0.0.1:8080/topic\n":      "space or a line break",
		" http://127.0.0.1:8080/topic":       "space or a line break",
		"http://127.0.0.1:8080/to pic":       "space or a line break inside",
		"127.0.0.1:8080/topic":               "not an address",
		"ntfy.sh/topic":                      "scheme",
		"u:hunter2@ntfy.sh/topic":            "scheme",
		"ftp://ntfy.sh/topic":                "scheme",
		"https:///topic":                     "host is missing",
		"https://ntfy.sh:99999/topic":        "port",
		"https://ntfy.sh:0/topic":            "port",
		"https://ntfy.sh/a//topic":           "path before the topic",
		"https://ntfy.sh/../topic":           "path before the topic",
		"https://ntfy.sh/a%2Fb/topic":        "path before the topic",
		"https://ntfy.sh/u:hunter2@x":        "topic is not",
		"https://ntfy.sh/t?auth=hunter2":     "query",
		"https://ntfy.sh/t#hunter2":          "fragment",
		"https://u:hunter2%zz@ntfy.sh/topic": "not an address",
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			_, err := ntfy.ParseURL(raw)
			require.ErrorContains(t, err, "NTFY_URL")
			require.ErrorContains(t, err, says)
			require.ErrorContains(t, err, "https://ntfy.sh/my_topic", "what is allowed")
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "\n")
		})
	}
}
