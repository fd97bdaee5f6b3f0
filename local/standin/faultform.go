package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Bounds of a Fault: enough for any test, and not enough to hang or fill the machine by a slip.
const (
	maxFaultDelay = 10 * time.Minute
	maxFaultBytes = 64 << 20
	maxFaultBurst = 1_000_000
	minStatus     = 200
	maxStatus     = 599
	minCode       = 10000
	maxCode       = 99999
)

// BadFault says what is wrong with a Fault, all at once.
type BadFault struct {
	// Problems are one line each: the JSON field, what is wrong, and what is allowed.
	Problems []string
}

// Error lists the problems.
func (e *BadFault) Error() string {
	return "fault: " + strings.Join(e.Problems, "; ")
}

func (e *BadFault) require(ok bool, problem string) {
	if !ok {
		e.Problems = append(e.Problems, problem)
	}
}

// check reports every field that is out of bounds.
func (f *Fault) check() error {
	bad := &BadFault{}
	bad.require(slices.Contains(Kinds(), f.Kind), fmt.Sprintf("kind %q is unknown, allowed: %s", f.Kind, kindNames()))
	bad.require(f.Count >= 0, "count is negative, allowed: 0 (until healed) or more")
	bad.require(f.Topic == "" || nameForm.MatchString(f.Topic), "topic is not one, allowed: 1 to 64 of A-Z a-z 0-9 - _")
	bad.require(f.Kind != Status || within(f.Status, minStatus, maxStatus), "status is missing or no status, allowed: 200 to 599")
	bad.require(f.Kind != Redirect || within(f.Status, http.StatusMultipleChoices, http.StatusBadRequest-1),
		"status is no redirect, allowed: 300 to 399")
	bad.require(f.Code == 0 || within(f.Code, minCode, maxCode), "code is not one of ntfy's, allowed: five digits, as in 42901")
	bad.require(within(f.BodyBytes, 0, maxFaultBytes), "body_bytes is out of bounds, allowed: 0 to 67108864")
	bad.require(f.Kind != Latency || within(f.Delay, time.Millisecond, maxFaultDelay), "delay is missing or out of bounds, "+
		`allowed: "1ms" to "10m"`)
	bad.require(f.Kind != RateLimit || within(f.Burst, 1, maxFaultBurst), "burst is out of bounds, allowed: 1 to 1000000")
	bad.require(f.Kind != RateLimit || f.Every > 0, `every is negative, allowed: a duration above 0, as in "5s"`)
	for name, value := range f.Headers {
		bad.require(isHeaderPair(name, value), fmt.Sprintf("headers: %q or its value is not what HTTP can hold", name))
	}
	if len(bad.Problems) > 0 {
		return bad
	}
	return nil
}

func within[T int | time.Duration](value, low, high T) bool {
	return value >= low && value <= high
}

func isHeaderPair(name, value string) bool {
	return name != "" && !strings.ContainsAny(name, " :\r\n") && !strings.ContainsAny(value, "\r\n")
}

func kindNames() string {
	names := make([]string, 0, len(Kinds()))
	for _, kind := range Kinds() {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// wireFault is a Fault as it is written in JSON, with durations as in "2s".
type wireFault struct {
	Kind           Kind              `json:"kind"`
	Count          int               `json:"count,omitempty"`
	Topic          string            `json:"topic,omitempty"`
	SequencePrefix string            `json:"sequence_prefix,omitempty"`
	Status         int               `json:"status,omitempty"`
	Code           int               `json:"code,omitempty"`
	HTML           bool              `json:"html,omitempty"`
	Body           string            `json:"body,omitempty"`
	BodyBytes      int               `json:"body_bytes,omitempty"`
	Headers        map[string]string `json:"headers,omitempty"`
	Location       string            `json:"location,omitempty"`
	Delay          duration          `json:"delay,omitzero"`
	SlowBody       bool              `json:"slow_body,omitempty"`
	Burst          int               `json:"burst,omitempty"`
	Every          duration          `json:"every,omitzero"`
}

type duration time.Duration

func (d duration) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf(`%q is no duration, allowed: as in "2s" or "500ms"`, text)
	}
	*d = duration(parsed)
	return nil
}

// MarshalJSON writes durations as in "2s".
func (f Fault) MarshalJSON() ([]byte, error) {
	wire := wireFault{
		Kind: f.Kind, Count: f.Count, Topic: f.Topic, SequencePrefix: f.SequencePrefix, Status: f.Status, Code: f.Code,
		HTML: f.HTML, Body: f.Body, BodyBytes: f.BodyBytes, Headers: f.Headers, Location: f.Location,
		Delay: duration(f.Delay), SlowBody: f.SlowBody, Burst: f.Burst, Every: duration(f.Every),
	}
	encoded, err := json.Marshal(wire)
	if err != nil {
		return nil, fmt.Errorf("writing a fault: %w", err)
	}
	return encoded, nil
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses fields that it does not know.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var wire wireFault
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wire); err != nil {
		return &BadFault{Problems: []string{err.Error()}}
	}
	*f = Fault{
		Kind: wire.Kind, Count: wire.Count, Topic: wire.Topic, SequencePrefix: wire.SequencePrefix, Status: wire.Status,
		Code: wire.Code, HTML: wire.HTML, Body: wire.Body, BodyBytes: wire.BodyBytes, Headers: wire.Headers,
		Location: wire.Location, Delay: time.Duration(wire.Delay), SlowBody: wire.SlowBody, Burst: wire.Burst,
		Every: time.Duration(wire.Every),
	}
	return nil
}
