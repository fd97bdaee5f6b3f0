package infra

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

const allowedWebhookURL = "https://<host>, then a path and a query of the receiver's own"

// webhookURL refuses what SendWebhook would refuse when it starts; a test holds the two together. What it says repeats
// nothing of the address, which may hold a secret. None is allowed: then the stage does not have the channel.
func webhookURL(given string, emulated bool) (string, error) {
	if given == "" {
		return "", nil
	}
	if err := checkWebhookURL(given, emulated); err != nil {
		return "", fmt.Errorf("%s: %w; allowed: %s", contextWebhookURL, err, allowedWebhookURL)
	}
	return given, nil
}

func checkWebhookURL(given string, emulated bool) error {
	if strings.ContainsAny(given, " \t\r\n") {
		return errors.New("it has a space or a line break")
	}
	address, err := url.Parse(given)
	if err != nil {
		return errors.New("it is not an address") // url.Parse's own error repeats the whole of it
	}
	switch {
	case address.Scheme != "https" && (address.Scheme != "http" || !emulated || !isLoopback(address.Hostname())):
		return errors.New("scheme is not https (plain http only to this machine, on the local stage)")
	case address.User != nil:
		return errors.New("user name or password before the host: the receiver knows us by the signature")
	case address.Hostname() == "":
		return errors.New("host is missing")
	case !usablePort(address.Port()):
		return errors.New("port is not 1 to 65535")
	case strings.Contains(given, "#"):
		return errors.New(`fragment after "#" is never sent`)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
