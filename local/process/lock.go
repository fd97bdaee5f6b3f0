package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockPoll is how often a taken lock is tried again.
const lockPoll = 100 * time.Millisecond

// Lock takes the lock file at path, waiting for another process that holds it, and calls waiting once if it has to.
// The returned function gives it back. The kernel gives it back for a process that died.
func Lock(ctx context.Context, path string, waiting func()) (func() error, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of lock %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock %s: %w", path, err)
	}
	if err := take(ctx, file, waiting); err != nil {
		return nil, errors.Join(fmt.Errorf("take lock %s: %w", path, err), file.Close())
	}
	return file.Close, nil
}

func take(ctx context.Context, file *os.File, waiting func()) error {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for first := true; ; first = false {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
