// Package ports picks the ports of the local stack: free ones, or those a person has chosen.
package ports

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"

	"github.com/rezagent/rez_agent/local/steps"
)

// Loopback is the only address on which anything of the local stack listens.
const Loopback = "127.0.0.1"

// Free ports are looked for below the range from which systems take ports for outgoing connections (32768 on Linux,
// 49152 on macOS). A port from that range may be taken between the look and the start.
const (
	lowestPort  = 20000
	highestPort = 32000
	portTries   = 200
)

// Pick gives a port on loopback: the wanted one if it is free, or a free one when wanted is 0. Part and setting name
// what wants it and how a person chooses it, for the error.
func Pick(ctx context.Context, part, setting string, wanted int) (int, error) {
	if wanted != 0 {
		return wanted, check(ctx, part, setting, wanted)
	}
	for range portTries {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if probe(ctx, port) == nil {
			return port, nil
		}
	}
	return 0, &steps.Problem{
		Part: part, Err: fmt.Errorf("no free port between %d and %d on %s", lowestPort, highestPort, Loopback),
		Do: "choose one with " + setting + "=<port>",
	}
}

// Prefer gives the wanted port as Pick does. Where none is wanted it gives the usual one, or a free one where that is taken.
func Prefer(ctx context.Context, part, setting string, wanted, usual int) (int, error) {
	if wanted == 0 && probe(ctx, usual) == nil {
		return usual, nil
	}
	return Pick(ctx, part, setting, wanted)
}

func check(ctx context.Context, part, setting string, port int) error {
	err := probe(ctx, port)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return &steps.Problem{
			Part: part, Err: fmt.Errorf("port %d on %s is taken by another program", port, Loopback),
			Do: fmt.Sprintf("choose another (%s=<port>) or leave %s out: a free one is taken then", setting, setting),
		}
	default:
		return &steps.Problem{
			Part: part, Err: fmt.Errorf("port %d cannot be used: %w", port, err),
			Do: fmt.Sprintf("choose another (%s=<port>, 1024 to 65535) or leave %s out", setting, setting),
		}
	}
}

// probe tells whether something could listen on the port right now.
func probe(ctx context.Context, port int) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(Loopback, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}
