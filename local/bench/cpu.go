package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpu adds up what the Lambdas of an emulator take: user and system time of every process in its group that carries a
// function's name. Looked at now and then, so that one which ends in between is not lost.
type cpu struct {
	group     int
	processes map[int]lambdaProcess
}

type lambdaProcess struct {
	function   string
	first, now time.Duration
}

// look reads /proc. The first look is where counting starts.
func (c *cpu) look() {
	start := c.processes == nil
	if start {
		c.processes = map[int]lambdaProcess{}
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, path := range stats {
		used, group, err := times(path)
		if err != nil || group != c.group {
			continue // ended meanwhile, or not ours
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path))) // digits, as the pattern says
		p, known := c.processes[pid]
		if !known {
			p.function = functionOf(pid)
			if start {
				p.first = used
			}
		}
		p.now = used
		c.processes[pid] = p
	}
}

// spent is the CPU time of each function since the first look.
func (c *cpu) spent() map[string]time.Duration {
	sums := map[string]time.Duration{}
	for _, p := range c.processes {
		if p.function != "" {
			sums[p.function] += p.now - p.first
		}
	}
	return sums
}

// emulator is the CPU time of what carries no function's name since the first look: the emulator itself.
func (c *cpu) emulator() time.Duration {
	var sum time.Duration
	for _, p := range c.processes {
		if p.function == "" {
			sum += p.now - p.first
		}
	}
	return sum
}

// times reads CPU time and process group from a process's stat: fields 14, 15 and 5, counted behind the program's name,
// which may hold anything.
func times(path string) (used time.Duration, group int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, fmt.Errorf("read CPU time: %w", err)
	}
	const state, pgrp, utime, stime = 3, 5, 14, 15
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= stime-state {
		return 0, 0, fmt.Errorf("read CPU time: %s has %d fields", path, len(fields))
	}
	numbers := map[int]int{}
	for _, field := range []int{pgrp, utime, stime} {
		if numbers[field], err = strconv.Atoi(string(fields[field-state])); err != nil {
			return 0, 0, fmt.Errorf("read CPU time: %w", err)
		}
	}
	return time.Duration(numbers[utime]+numbers[stime]) * tick, numbers[pgrp], nil
}

func functionOf(pid int) string {
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return ""
	}
	for variable := range strings.SplitSeq(string(environment), "\x00") {
		if name, found := strings.CutPrefix(variable, "AWS_LAMBDA_FUNCTION_NAME="); found {
			return name
		}
	}
	return ""
}
