package ntfy

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Destination is an ntfy server and the channel's own topic there.
type Destination struct {
	// Endpoint takes the JSON: the server's root, or the path prefix under which it stands, always ending in "/".
	Endpoint string
	// Topic is the channel's own, taken where a notification names none.
	Topic string
}

const allowedURL = `http:// or https://, a host, an optional path prefix, and the topic as the last path segment, ` +
	`as in https://ntfy.sh/my_topic`

// prefixForm are the path segments before the topic: plain ones, so that the path means the same to every proxy.
var prefixForm = lazily(`^[A-Za-z0-9._~-]+$`)

// ParseURL reads the value of NTFY_URL. Its errors name the variable, the faulty part and what is allowed. They repeat
// nothing of the value but a topic, because user names, passwords and query strings hold secrets.
func ParseURL(raw string) (Destination, error) {
	parsed, err := checkedURL(raw)
	if err != nil {
		return Destination{}, fmt.Errorf("%s: %w (allowed: %s)", contract.EnvNtfyURL, err, allowedURL)
	}
	prefix, topic, err := splitPath(parsed.EscapedPath())
	if err != nil {
		return Destination{}, fmt.Errorf("%s: %w (allowed: %s)", contract.EnvNtfyURL, err, allowedURL)
	}
	return Destination{Endpoint: parsed.Scheme + "://" + parsed.Host + prefix, Topic: topic}, nil
}

func checkedURL(raw string) (*url.URL, error) {
	switch {
	case raw == "":
		return nil, errors.New("is empty")
	case strings.TrimSpace(raw) != raw:
		return nil, errors.New("begins or ends with a space or a line break")
	case strings.ContainsAny(raw, " \t\r\n"):
		return nil, errors.New("has a space or a line break inside")
	}
	// url.Parse's own error repeats the whole value.
	parsed, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("is not an address")
	}
	return parsed, checkParts(parsed, raw)
}

func checkParts(parsed *url.URL, raw string) error {
	switch {
	case !slices.Contains(webSchemes(), parsed.Scheme):
		return errors.New("scheme is neither http nor https")
	case parsed.User != nil:
		return fmt.Errorf("user name or password before the host; the token belongs in the parameter that %s names",
			contract.EnvNtfyAPIKeyParam)
	case parsed.Hostname() == "":
		return errors.New("host is missing")
	case !isPort(parsed.Port()):
		return errors.New("port is not 1 to 65535")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return errors.New(`query after "?" is not used`)
	case strings.Contains(raw, "#"):
		return errors.New(`fragment after "#" is not used`)
	}
	return nil
}

func isPort(port string) bool {
	if port == "" {
		return true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}

// splitPath takes "/push/my_topic/" apart into the prefix "/push/" and the topic "my_topic".
func splitPath(path string) (string, string, error) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	last := len(segments) - 1
	topic := segments[last]
	if topic == "" {
		return "", "", errors.New("topic is missing")
	}
	if !nameForm().MatchString(topic) {
		return "", "", fmt.Errorf("topic%s is not %s", quoted(topic), allowedName)
	}
	for _, segment := range segments[:last] {
		if !prefixForm().MatchString(segment) || segment == "." || segment == ".." {
			return "", "", errors.New("path before the topic has an empty, dotted or escaped segment")
		}
	}
	return "/" + strings.Join(append(segments[:last], ""), "/"), topic, nil
}

// quoted repeats a topic, unless it looks as if credentials had slipped into the path.
func quoted(topic string) string {
	if len(topic) > 2*MaxTopicLength || strings.ContainsAny(topic, "@:%") {
		return ""
	}
	return " " + strconv.Quote(topic)
}
