package api

import "net/http"

// Code is the stable name of an error: what a program decides on.
type Code string

// The codes: a closed catalogue, described in docs/errors.md.
const (
	CodeMalformed            Code = "malformed"
	CodeUnauthenticated      Code = "unauthenticated"
	CodeSignInFailed         Code = "sign_in_failed"
	CodeForbidden            Code = "forbidden"
	CodeNoRole               Code = "no_role"
	CodeCSRF                 Code = "csrf"
	CodeNotFound             Code = "not_found"
	CodeMethodNotAllowed     Code = "method_not_allowed"
	CodeWrongStatus          Code = "wrong_status"
	CodeChanged              Code = "changed_meanwhile"
	CodeNotRedrivable        Code = "not_redrivable"
	CodeTooMany              Code = "too_many"
	CodeTooLarge             Code = "too_large"
	CodeUnsupportedMediaType Code = "unsupported_media_type"
	CodeInvalidField         Code = "invalid_field"
	CodeInvalidCursor        Code = "invalid_cursor"
	CodeIdempotencyMismatch  Code = "idempotency_mismatch"
	CodeThrottled            Code = "throttled"
	CodeInternal             Code = "internal"
	CodeUnavailable          Code = "unavailable"
)

// CodeText is what the catalogue says of a code.
type CodeText struct {
	Code Code
	// Status is the HTTP status that answers carry with it.
	Status int
	// Title is the general sentence, Means when it comes, and Do what to do about it.
	Title, Means, Do string
}

// Catalogue lists every code, in the order of their statuses.
func Catalogue() []CodeText { //nolint:funlen // a catalogue reads best in one piece
	return []CodeText{
		{
			CodeMalformed, http.StatusBadRequest, "The request cannot be read",
			"The body is missing, is not JSON, or is not the JSON object that this route takes.",
			"Send a JSON object with the fields that the API's description names, and Content-Type: application/json.",
		},
		{
			CodeSignInFailed, http.StatusBadRequest, "Signing in did not work",
			"The sign-in was not begun in this browser, took longer than ten minutes, was finished once already, or the sign-in page refused it.",
			"Begin again at the sign-in page.",
		},
		{
			CodeUnauthenticated, http.StatusUnauthorized, "You are not signed in",
			"The request carries no access token, or one that has ended, was issued by somebody else or for another purpose.",
			"Sign in, or send Authorization: Bearer with a fresh access token (not an ID token).",
		},
		{
			CodeForbidden, http.StatusForbidden, "Your role does not allow this",
			"Viewers read; only operators create, replay, redrive, change schedules and move the circuit.",
			"Ask whoever runs rez_agent to add you to the group operator of its user pool, then sign in again.",
		},
		{
			CodeNoRole, http.StatusForbidden, "You have no role here",
			"You are signed in, but belong to neither of the groups viewer and operator.",
			"Ask whoever runs rez_agent to add you to one of the two groups of its user pool, then sign in again.",
		},
		{
			CodeCSRF, http.StatusForbidden, "The request does not prove that it comes from the dashboard",
			"A request that changes something and is signed in by cookie must carry the header X-Rez-Csrf: 1 and come from our own pages.",
			"Send the header, or use a bearer token instead of the cookie.",
		},
		{
			CodeNotFound, http.StatusNotFound, "There is nothing here",
			"No route has this path, or nothing has this id: it never had, or its record was deleted after its 90 days.",
			"Check the address and the id; list the things to find theirs.",
		},
		{
			CodeMethodNotAllowed, http.StatusMethodNotAllowed, "This path does not take this method",
			"The path exists, with other methods.",
			"Use a method that the header Allow lists.",
		},
		{
			CodeWrongStatus, http.StatusConflict, "Its status does not allow this",
			"Only what is completed, failed or deferred can be replayed, and only a replay that still runs can be cancelled.",
			"Read it again: what waits or is on its way ends by itself.",
		},
		{
			CodeChanged, http.StatusConflict, "Somebody changed it meanwhile",
			"It is no longer what you saw: somebody replayed or changed it since.",
			"Read it again, and decide again.",
		},
		{
			CodeNotRedrivable, http.StatusConflict, "A redrive would not deliver it",
			"Only messages that failed as pipeline_fault or expired are delivered by a redrive.",
			"Replay it instead, if it has ended.",
		},
		{
			CodeTooMany, http.StatusConflict, "There are too many of these already",
			"The account's quota of schedules is used up.",
			"Delete some, or ask AWS for a higher quota.",
		},
		{
			CodeTooLarge, http.StatusRequestEntityTooLarge, "The request is too large",
			"The body is larger than this route takes (32 KiB).",
			"Send less; a notification's text may have 4,095 bytes.",
		},
		{
			CodeUnsupportedMediaType, http.StatusUnsupportedMediaType, "The body's type is not JSON",
			"The API reads JSON only.",
			"Send Content-Type: application/json.",
		},
		{
			CodeInvalidField, http.StatusUnprocessableEntity, "A field is wrong",
			"A field, parameter or header is missing, unknown, or has a value that is not allowed; errors lists each of them.",
			"Mend what errors lists: each entry names the field, what was wrong and what is allowed.",
		},
		{
			CodeInvalidCursor, http.StatusUnprocessableEntity, "The cursor is not valid here",
			"A cursor belongs to the filter of the page that gave it, and was changed or used with another one.",
			"Begin with the first page, and repeat the same filter with each cursor.",
		},
		{
			CodeIdempotencyMismatch, http.StatusUnprocessableEntity, "This Idempotency-Key was used for another message",
			"The key came before, from you, with another body.",
			"Use a new key for a new message; repeat a request with exactly the same body.",
		},
		{
			CodeThrottled, http.StatusTooManyRequests, "Too many requests",
			"The API takes 1,000 requests a second.",
			"Wait a moment and try again, more slowly.",
		},
		{
			CodeInternal, http.StatusInternalServerError, "Something of ours broke",
			"The logs tell what, under the reference in instance.",
			"Try again; if it stays, tell whoever runs rez_agent the reference.",
		},
		{
			CodeUnavailable, http.StatusServiceUnavailable, "Something that the API needs does not answer",
			"A service behind the API is ill or slow. A message that was accepted is not lost.",
			"Try again in a few seconds, with the same Idempotency-Key; GET /api/health?deep=true names the part that is ill.",
		},
	}
}

func textOf(code Code) CodeText {
	for _, text := range Catalogue() {
		if text.Code == code {
			return text
		}
	}
	return textOf(CodeInternal)
}
