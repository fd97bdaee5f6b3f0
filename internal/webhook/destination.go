package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
)

// Destination is the receiver: one address, which may hold secrets of its own in its path or query.
type Destination struct {
	URL string
	// Host is all of it that may be shown.
	Host string
}

// allowedURL is what ParseURL takes; infra says the same when it is synthesized, and a test holds the two together.
const allowedURL = "https://<host>, then a path and a query of the receiver's own; plain http:// only to this very machine"

// ParseURL reads the value of WEBHOOK_URL. Its errors name the variable, the faulty part and what is allowed, and repeat
// nothing of the value.
func ParseURL(raw string) (Destination, error) {
	parsed, err := checkedURL(raw)
	if err != nil {
		return Destination{}, fmt.Errorf("%s: %w (allowed: %s)", contract.EnvWebhookURL, err, allowedURL)
	}
	return Destination{URL: raw, Host: parsed.Host}, nil
}

func checkedURL(raw string) (*url.URL, error) {
	if strings.ContainsAny(raw, " \t\r\n") {
		return nil, errors.New("it has a space or a line break")
	}
	parsed, err := url.Parse(raw)
	if err != nil { // url.Parse's own error repeats the whole value
		return nil, errors.New("it is not an address")
	}
	switch {
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, errors.New("scheme is not https")
	case parsed.User != nil:
		return nil, errors.New("user name or password before the host: the receiver knows us by the signature")
	case parsed.Hostname() == "":
		return nil, errors.New("host is missing")
	case !isPort(parsed.Port()):
		return nil, errors.New("port is not 1 to 65535")
	case strings.Contains(raw, "#"):
		return nil, errors.New(`fragment after "#" is never sent`)
	case parsed.Scheme == "http" && !isLoopback(parsed.Hostname()):
		return nil, errors.New("scheme is not https: a signature does not hide what it signs")
	}
	return parsed, nil
}

func isPort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return port == "" || (err == nil && number > 0)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
