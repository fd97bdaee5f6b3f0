package infra

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
)

const allowedNtfyURL = "https://<host>, an optional path prefix, and the topic as the last path segment, as in https://ntfy.sh/my_topic"

// ntfyPath is an optional prefix of plain segments, and the topic.
var ntfyPath = regexp.MustCompile(`^/+([A-Za-z0-9._~-]+/)*[-_A-Za-z0-9]{1,64}/*$`)

// ntfyURL refuses what SendNtfy would refuse when it starts, so that a wrong address stops the deployment and not the
// deliveries; a test holds the two together. What it says repeats nothing of the address, which may hold a password.
func ntfyURL(given string, emulated bool) (string, error) {
	if given == "" && emulated {
		return localNtfyURL, nil
	}
	if given == "" {
		return "", fmt.Errorf("%s is missing: give -c %s=https://ntfy.sh/<topic>, or set %s",
			contextNtfyURL, contextNtfyURL, contract.EnvNtfyURL)
	}
	if err := checkNtfyURL(given); err != nil {
		return "", fmt.Errorf("%s (or %s): %w; allowed: %s", contextNtfyURL, contract.EnvNtfyURL, err, allowedNtfyURL)
	}
	if !emulated && !strings.HasPrefix(given, "https://") {
		return "", fmt.Errorf("%s must begin with https:// on AWS: ntfy's token travels with each message", contextNtfyURL)
	}
	return given, nil
}

func checkNtfyURL(given string) error {
	if strings.ContainsAny(given, " \t\r\n") {
		return errors.New("it has a space or a line break")
	}
	address, err := url.Parse(given)
	if err != nil {
		return errors.New("it is not an address") // url.Parse's own error repeats the whole of it.
	}
	switch {
	case address.Scheme != "https" && address.Scheme != "http":
		return errors.New("scheme is neither https nor http")
	case address.User != nil:
		return errors.New("user name or password before the host: the token belongs into the SSM parameter")
	case address.Hostname() == "":
		return errors.New("host is missing")
	case !usablePort(address.Port()):
		return errors.New("port is not 1 to 65535")
	case strings.ContainsAny(given, "?#"):
		return errors.New("query or fragment after the topic")
	case !ntfyPath.MatchString(address.EscapedPath()) || hasDotSegment(address.Path):
		return errors.New("topic is missing, or not 1 to 64 letters, digits, - and _, or the prefix before it is not plain")
	}
	return nil
}

func usablePort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return port == "" || (err == nil && number > 0)
}

// hasDotSegment finds . and .. in a path: a proxy may take them for steps.
func hasDotSegment(path string) bool {
	return strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../")
}
