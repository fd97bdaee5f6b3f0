package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

// errorsPage describes every code, under its name.
const errorsPage = "/api/docs/errors#"

// Problem is an error on its way to the caller.
type Problem struct {
	wire.Problem
}

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// Error gives the problem in a line.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// ContentType says that it is a problem document.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// What a problem document holds at most, as package wire describes it: characters of its texts, and how many fields. What
// a caller sent comes back in it, and 32 KiB of wrong tags would be a megabyte of words.
const (
	maxDetail, maxFieldName, maxFieldProblem, maxFieldAllowed = 2048, 256, 1024, 512
	maxFields                                                 = 100
)

// problem makes one of a code; detail says what went wrong this time.
func problem(code Code, detail string, fields ...wire.ProblemField) *Problem {
	text := textOf(code)
	fields = fields[:min(len(fields), maxFields)]
	for i, field := range fields {
		fields[i] = wire.ProblemField{
			Field: clipped(field.Field, maxFieldName), Problem: clipped(field.Problem, maxFieldProblem),
			Allowed: clipped(field.Allowed, maxFieldAllowed),
		}
	}
	return &Problem{wire.Problem{
		Type: errorsPage + string(code), Title: text.Title, Status: text.Status, Code: string(code),
		Detail: clipped(cmp.Or(detail, text.Means), maxDetail), Errors: fields,
	}}
}

// clipped cuts a text between two characters, and shows that it did.
func clipped(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// invalid is a problem of one field.
func invalid(field, what, allowed string) *Problem {
	return problem(CodeInvalidField, sentence(field, what, allowed), wire.ProblemField{Field: field, Problem: what, Allowed: allowed})
}

func sentence(field, what, allowed string) string {
	if allowed == "" {
		return field + " " + what
	}
	return field + " " + what + "; allowed: " + allowed
}

// inner hides an error of ours: the caller gets a reference, the log the cause.
func inner(ctx context.Context, err error) *Problem {
	telemetry.Log(ctx).Error("request failed", zap.Error(err))
	code := CodeInternal
	if errors.Is(err, context.DeadlineExceeded) || isUnavailable(err) {
		code = CodeUnavailable
	}
	return problem(code, "")
}

// isUnavailable tells a service behind us that is ill from a fault of ours, by the retry hint that the SDK's errors carry.
func isUnavailable(err error) bool {
	var fault interface{ HTTPStatusCode() int }
	return errors.As(err, &fault) && (fault.HTTPStatusCode() >= http.StatusInternalServerError || fault.HTTPStatusCode() == http.StatusTooManyRequests)
}

type referenceKey struct{}

// WithReference notes the request's id, under which the logs tell more.
func WithReference(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, referenceKey{}, id)
}

// Reference gives the request's id.
func Reference(ctx context.Context) string {
	id, _ := ctx.Value(referenceKey{}).(string)
	return id
}

// WriteProblem answers a request with a problem, for what is outside of the generated routes.
func WriteProblem(w http.ResponseWriter, r *http.Request, code Code, detail string) {
	writeProblem(w, r, problem(code, detail))
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.Instance = cmp.Or(p.Instance, Reference(r.Context()))
	body, err := json.Marshal(p)
	if err != nil { // texts and numbers: it cannot be
		http.Error(w, p.Detail, p.Status)
		return
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // nobody is there to hear of it
}

// speakProblems has huma answer with our problems instead of its own. It is huma's only way: variables of its package.
func speakProblems() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return translated(status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := translated(status, message, errs)
		p.Instance = cmp.Or(p.Instance, Reference(ctx.Context()))
		return p
	}
	// Without it a field in another case would be taken, and be unknown to whoever reads the description.
	huma.ValidateStrictCasing = true
}

// translated says in our words what huma found.
func translated(status int, message string, errs []error) *Problem {
	for _, err := range errs {
		if p := (*Problem)(nil); errors.As(err, &p) {
			return p
		}
	}
	fields := fieldsOf(errs)
	switch status {
	case http.StatusBadRequest:
		return problem(CodeMalformed, withFields(message, fields), fields...)
	case http.StatusRequestEntityTooLarge:
		return problem(CodeTooLarge, "")
	case http.StatusUnsupportedMediaType:
		return problem(CodeUnsupportedMediaType, "")
	case http.StatusUnprocessableEntity:
		return problem(CodeInvalidField, withFields(message, fields), fields...)
	default:
		return problem(CodeInternal, "")
	}
}

func withFields(message string, fields []wire.ProblemField) string {
	if len(fields) == 0 {
		return message
	}
	all := make([]string, 0, len(fields))
	for _, field := range fields {
		all = append(all, sentence(field.Field, field.Problem, field.Allowed))
	}
	return strings.Join(all, "; ")
}

func fieldsOf(errs []error) []wire.ProblemField {
	var fields []wire.ProblemField
	for _, err := range errs {
		var detailer huma.ErrorDetailer
		if err == nil {
			continue
		}
		if !errors.As(err, &detailer) {
			// A JSON that cannot be read: encoding/json says where, and may quote what it found.
			fields = append(fields, wire.ProblemField{Field: "body", Problem: "is not valid JSON", Allowed: "a JSON object"})
			continue
		}
		fields = append(fields, fieldOf(detailer.ErrorDetail()))
	}
	return slices.Compact(fields)
}

// fieldOf drops huma's value, which may be what the caller would not want to see in a log, and the place's prefix.
func fieldOf(d *huma.ErrorDetail) wire.ProblemField {
	field := d.Location
	for _, prefix := range []string{"body.", "query.", "path.", "header."} {
		field = strings.TrimPrefix(field, prefix)
	}
	what, allowed := d.Message, ""
	if d.Location == "body" {
		field, what, allowed = unreadable(d.Message)
	}
	if rest, found := strings.CutPrefix(d.Message, "expected "); found {
		what, allowed = "is not what is expected", rest
	}
	if rest, found := strings.CutPrefix(d.Message, "expected required property "); found {
		name := strings.TrimSuffix(rest, " to be present")
		field, what, allowed = strings.TrimPrefix(strings.TrimPrefix(d.Location, "body")+"."+name, "."), "is missing", "it is required"
	}
	switch d.Message {
	case "invalid integer":
		allowed = "a whole number"
	case "invalid boolean":
		allowed = "true or false"
	case "invalid date/time for format 2006-01-02T15:04:05.999999999Z07:00":
		what, allowed = "is not a time", "a time like 2026-11-25T08:00:00Z"
	case "unexpected property":
		what, allowed = "is unknown", "the fields that the API's description names"
	case "unknown query parameter":
		what, allowed = "is unknown", "the parameters that the API's description names"
	}
	return wire.ProblemField{Field: field, Problem: what, Allowed: allowed}
}

// unreadable says in our words what encoding/json found, which quotes the body and names our types.
func unreadable(words string) (field, what, allowed string) {
	_, field, typed := strings.Cut(words, " into Go struct field ")
	if !typed {
		return "body", "is not valid JSON", "a JSON object"
	}
	field, kind, _ := strings.Cut(field, " of type ")
	_, field, _ = strings.Cut(field, ".") // behind the type's name
	if kind == "int" {
		return field, "is not a whole number, or is too large", "a whole number, written without a point or exponent"
	}
	return field, "has a value of the wrong kind", "the kind that the API's description names"
}
