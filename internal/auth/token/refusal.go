package token

import "errors"

// ErrUnauthenticated is a request whose token proves nobody.
var ErrUnauthenticated = errors.New("not authenticated")

// Reason is a word for the log that says why a token was refused. The one who sent it is not told.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonMissing     Reason = "missing"
	ReasonTooLong     Reason = "too_long"
	ReasonMalformed   Reason = "malformed"
	ReasonAlgorithm   Reason = "algorithm"
	ReasonKeys        Reason = "keys_unavailable"
	ReasonSignature   Reason = "signature"
	ReasonIssuer      Reason = "issuer"
	ReasonUse         Reason = "token_use"
	ReasonClient      Reason = "client"
	ReasonExpired     Reason = "expired"
	ReasonNotYetValid Reason = "not_yet_valid"
	ReasonSubject     Reason = "subject"
)

// Refusal is an ErrUnauthenticated with its reason. It never holds any part of the token.
type Refusal struct {
	Reason Reason
	// Cause is set where the reason is ReasonKeys: why the pool's keys could not be read.
	Cause error
}

// Error names the reason.
func (r *Refusal) Error() string { return "token refused: " + string(r.Reason) }

// Unwrap makes every refusal an ErrUnauthenticated.
func (r *Refusal) Unwrap() error { return ErrUnauthenticated }
