package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// resident is what one Lambda process holds in memory, in bytes.
type resident struct {
	function string
	bytes    int64
}

// memory is what every Lambda process of an emulator holds, by pid.
type memory map[int]resident

// lookAtMemory reads the resident set of every process in the emulator's group that carries a function's name.
func lookAtMemory(group int) memory {
	found := memory{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, path := range stats {
		if _, of, err := times(path); err != nil || of != group {
			continue // ended meanwhile, or not ours
		}
		dir := filepath.Dir(path)
		pid, _ := strconv.Atoi(filepath.Base(dir)) // digits, as the pattern says
		held, err := residentSet(filepath.Join(dir, "statm"))
		if function := functionOf(pid); err == nil && function != "" {
			found[pid] = resident{function, held}
		}
	}
	return found
}

// residentSet reads the second field of a process's statm, which counts pages.
func residentSet(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 { //nolint:mnd // size, resident
		return 0, fmt.Errorf("read memory: %s has %d fields", path, len(fields))
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// of are the processes of one function.
func (m memory) of(function string) memory {
	some := memory{}
	for pid, one := range m {
		if one.function == function {
			some[pid] = one
		}
	}
	return some
}

func (m memory) bytes() int64 {
	sum := int64(0)
	for _, one := range m {
		sum += one.bytes
	}
	return sum
}

// String is how many processes there are, and what each of them holds on average.
func (m memory) String() string {
	if len(m) == 0 {
		return "–"
	}
	return fmt.Sprintf("%d × %.1f MB", len(m), float64(m.bytes())/float64(len(m))/1e6)
}

// growth is by how many percent the processes that are in both have grown since an earlier look: a new process, which
// is small, hides nothing. Ok is false where there is none.
func (m memory) growth(earlier memory) (percent float64, ok bool) {
	var was, now int64
	for pid, before := range earlier {
		if after, lives := m[pid]; lives && after.function == before.function {
			was, now = was+before.bytes, now+after.bytes
		}
	}
	if was == 0 {
		return 0, false
	}
	const whole = 100
	return whole * float64(now-was) / float64(was), true
}
