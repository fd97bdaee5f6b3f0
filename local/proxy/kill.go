package proxy

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrNoCaller means: no process was found at the other end of a call's connection.
var ErrNoCaller = errors.New("the calling process was not found")

// ErrNoLambda means: what called is not a Lambda of a local stack, so it was left alone.
var ErrNoLambda = errors.New("the calling process is no Lambda")

// killCaller kills the process at the other end of a request's connection, at once and without a word, as a machine does
// that fails. It finds it through the kernel's tables in /proc, so Linux only.
func killCaller(r *http.Request) error {
	pid, err := callerOf(r)
	if err != nil {
		return fmt.Errorf("kill the caller at %s: %w", r.RemoteAddr, err)
	}
	if !isLambda(pid) {
		return fmt.Errorf("kill the caller at %s, process %d: %w", r.RemoteAddr, pid, ErrNoLambda)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill process %d: %w", pid, err)
	}
	return nil
}

func callerOf(r *http.Request) (pid int, err error) {
	here, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return 0, fmt.Errorf("our own end is unknown: %w", ErrNoCaller)
	}
	theirs, err := kernelForm(r.RemoteAddr)
	if err != nil {
		return 0, err
	}
	ours, err := kernelForm(here.String())
	if err != nil {
		return 0, err
	}
	inode, err := inodeOf(theirs, ours)
	if err != nil {
		return 0, err
	}
	return ownerOf(inode)
}

// inodeOf finds the socket with these two ends, in the kernel's table of connections. The caller's own end alone is not
// enough: the kernel gives one port to several connections that lead to different places.
func inodeOf(local, remote string) (string, error) {
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return "", fmt.Errorf("read the kernel's connections: %w", err)
	}
	defer table.Close() //nolint:errcheck // it was only read
	const localField, remoteField, inodeField = 1, 2, 9
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > inodeField && fields[localField] == local && fields[remoteField] == remote && fields[inodeField] != "0" {
			return fields[inodeField], nil
		}
	}
	return "", errors.Join(ErrNoCaller, lines.Err())
}

// kernelForm is an IPv4 address and port as the kernel's table has them: bytes of the address in the machine's order,
// which is reversed on all machines that run this.
func kernelForm(address string) (string, error) {
	end, err := netip.ParseAddrPort(address)
	if err != nil {
		return "", fmt.Errorf("read an end of the connection: %w", err)
	}
	ip := end.Addr().Unmap().AsSlice()
	slices.Reverse(ip)
	return fmt.Sprintf("%s:%04X", strings.ToUpper(hex.EncodeToString(ip)), end.Port()), nil
}

// ownerOf finds the process that has a socket open.
func ownerOf(inode string) (int, error) {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0, fmt.Errorf("list the open files: %w", err)
	}
	wanted := "socket:[" + inode + "]"
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || to != wanted {
			continue // closed by now, or somebody else's
		}
		if pid, err := strconv.Atoi(strings.Split(link, "/")[2]); err == nil {
			return pid, nil
		}
	}
	return 0, ErrNoCaller
}

// isLambda asks the process's environment, so that a slip in a test never kills anything else.
func isLambda(pid int) bool {
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && bytes.Contains(environment, []byte("AWS_LAMBDA_FUNCTION_NAME="))
}
