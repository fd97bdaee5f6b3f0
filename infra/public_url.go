package infra

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Where the local stage is only synthesized; the local stack gives its own addresses.
const (
	localPublicURL = "http://127.0.0.1:8480"
	localSignInURL = "http://127.0.0.1:4566"
)

const allowedOrigin = "https://<host>, without a path, as in https://rez.example.com"

// publicURL is the origin under which browsers see the API. Sign-in sends them back to it, so there is one for each
// stage; empty means the gateway's own.
func publicURL(given string, stages []Stage, emulated bool) (string, error) {
	switch {
	case given == "" && emulated:
		return localPublicURL, nil
	case given == "":
		return "", nil
	case len(stages) > 1:
		return "", fmt.Errorf("%s is given for %d stages: each has its own; deploy them one by one", contextPublicURL, len(stages))
	}
	return given, checkOrigin(contextPublicURL, given, emulated)
}

// signInURL is the origin of the emulator's sign-in pages. On AWS the user pool knows its own.
func signInURL(given string, emulated bool) (string, error) {
	switch {
	case given == "" && emulated:
		return localSignInURL, nil
	case given == "":
		return "", nil
	case !emulated:
		return "", fmt.Errorf("%s is given: only the stage %q takes one", contextSignInURL, StageLocal)
	}
	return given, checkOrigin(contextSignInURL, given, emulated)
}

// checkOrigin takes scheme, host and port, and nothing else: what follows is put behind it.
func checkOrigin(name, given string, emulated bool) error {
	if err := originFault(given, emulated); err != nil {
		return fmt.Errorf("%s: %w; allowed: %s", name, err, allowedOrigin)
	}
	return nil
}

func originFault(given string, emulated bool) error {
	origin, err := url.Parse(given)
	switch {
	case err != nil || strings.ContainsAny(given, " \t\r\n"):
		return errors.New("it is not an address")
	case origin.Scheme != "https" && !emulated:
		return errors.New("scheme is not https")
	case origin.Scheme != "https" && origin.Scheme != "http":
		return errors.New("scheme is neither https nor http")
	case origin.User != nil:
		return errors.New("user name before the host")
	case origin.Hostname() == "":
		return errors.New("host is missing")
	case !usablePort(origin.Port()):
		return errors.New("port is not 1 to 65535")
	case origin.Scheme+"://"+origin.Host != given:
		return errors.New("something follows the host")
	}
	return nil
}

// unknownVersion is what webapi says where nobody told it.
const unknownVersion = "unknown"

var versionText = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,64}$`)

func version(given string) (string, error) {
	if !versionText.MatchString(given) {
		return "", fmt.Errorf("%s is %q: it must be 1 to 64 letters, digits and . _ + -", contextVersion, given)
	}
	return given, nil
}
