package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"github.com/rezagent/rez_agent/internal/wire"
)

// Problem is an answer of the API that says no: Code is what a program decides on, Errors names the fields.
type Problem struct {
	wire.Problem
}

// Error gives the status, the title and what went wrong this time.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s", p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return text
}

// NotAPI is an answer that the API cannot have given: a proxy's page, a redirect, another server.
type NotAPI struct {
	// Address is what was asked, without its query.
	Address string
	Status  int
	// ContentType and Location are the answer's headers.
	ContentType, Location string
}

// Error names the address and says why its answer cannot be the API's.
func (e *NotAPI) Error() string {
	switch {
	case e.Location != "":
		return fmt.Sprintf("%s answered %d, a redirect to %s, which the API never does", e.Address, e.Status, e.Location)
	case e.ContentType == "":
		return fmt.Sprintf("%s answered %d without JSON: that is not the API", e.Address, e.Status)
	default:
		return fmt.Sprintf("%s answered %d with %s instead of JSON: that is not the API", e.Address, e.Status, e.ContentType)
	}
}

// unreachable: no answer came.
type unreachable struct {
	address string
	err     error
}

// Error names the address.
func (e *unreachable) Error() string { return e.address + " cannot be reached: " + e.err.Error() }

// Unwrap gives the cause.
func (e *unreachable) Unwrap() error { return e.err }

// Temporary tells whether the same call may well work a moment later: no answer came, or one that says so.
func Temporary(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	status := 0
	var (
		none    *unreachable
		problem *Problem
		notAPI  *NotAPI
	)
	switch {
	case errors.As(err, &none):
		return true
	case errors.As(err, &problem):
		status = problem.Status
	case errors.As(err, &notAPI):
		status = notAPI.Status
	}
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// problem reads a problem document; what the gateway says in words of its own becomes one too.
func (a *answer) problem() error {
	var read struct {
		wire.Problem

		Message string `json:"message"`
	}
	if err := json.Unmarshal(a.body, &read); err != nil {
		return &NotAPI{Address: a.address, Status: a.status}
	}
	p := &Problem{Problem: read.Problem}
	p.Status = a.status // the document may say otherwise, the status line is what counts
	if p.Title == "" {
		p.Title = http.StatusText(a.status)
	}
	if p.Detail == "" {
		p.Detail = read.Message
	}
	return p
}

// problemJSON is the content type of an RFC 9457 document.
const problemJSON = "application/problem+json"

// kind is the answer's content type without its parameters.
func (a *answer) kind() string {
	raw := a.header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(raw); err == nil {
		return kind
	}
	return raw
}
