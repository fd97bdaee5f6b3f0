// Package token checks the access tokens of a Cognito user pool.
package token

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/contract"
)

// Leeway is how far the pool's clock and ours may differ.
const Leeway = time.Minute

// maxToken is more than a header of the gateway takes, in bytes. Longer ones are not even decoded.
const maxToken = 10_240

// Issuer is the name that a user pool puts into its tokens. The pool's id begins with its region. It is AWS's own
// address on the local stack too.
func Issuer(poolID string) string {
	region, _, _ := strings.Cut(poolID, "_")
	return "https://cognito-idp." + region + ".amazonaws.com/" + poolID
}

// Verifier checks access tokens.
type Verifier struct {
	// Issuer is the only pool whose tokens count; see the function of that name.
	Issuer string
	Keys   oidc.KeySet
	// Clients are the ids of the pool's clients whose tokens count.
	Clients []string
	Now     func() time.Time
}

// claims are what Cognito says in an access token beside what every token has. It names no audience but a client.
type claims struct {
	Use       string   `json:"token_use"`
	Client    string   `json:"client_id"`
	Username  string   `json:"username"`
	Groups    []string `json:"cognito:groups"`
	NotBefore float64  `json:"nbf"`
}

// Verify says whose access token this is; Via is left to the one who knows it. Every error is a *Refusal.
func (v *Verifier) Verify(ctx context.Context, raw string) (auth.Caller, error) {
	if reason := inspect(raw); reason != "" {
		return auth.Caller{}, &Refusal{Reason: reason}
	}
	token, err := v.signed(ctx, raw)
	if err != nil {
		return auth.Caller{}, err
	}
	var said claims
	if err := token.Claims(&said); err != nil {
		return auth.Caller{}, &Refusal{Reason: ReasonMalformed}
	}
	if reason := v.judge(token, said); reason != "" {
		return auth.Caller{}, &Refusal{Reason: reason}
	}
	name := said.Username
	if name == "" {
		name = token.Subject
	}
	return auth.Caller{Subject: token.Subject, Name: "user:" + name, Role: role(said.Groups), Expires: token.Expiry}, nil
}

// inspect refuses what can be refused before any arithmetic. The library would also read a token in JSON's long form,
// which nobody sends.
func inspect(raw string) Reason {
	switch {
	case raw == "":
		return ReasonMissing
	case len(raw) > maxToken:
		return ReasonTooLong
	case strings.Count(raw, ".") != 2:
		return ReasonMalformed
	}
	head, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return ReasonMalformed
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	if err := json.Unmarshal(decoded, &header); err != nil {
		return ReasonMalformed
	}
	if header.Algorithm != oidc.RS256 {
		return ReasonAlgorithm
	}
	return ""
}

// signed checks the signature and nothing else: what the token says is judged here, since the library's leeways are
// others and its errors do not tell one reason from another.
func (v *Verifier) signed(ctx context.Context, raw string) (*oidc.IDToken, error) {
	seen := &witness{keys: v.Keys}
	token, err := oidc.NewVerifier(v.Issuer, seen, &oidc.Config{
		SupportedSigningAlgs: []string{oidc.RS256},
		SkipClientIDCheck:    true, SkipExpiryCheck: true, SkipIssuerCheck: true,
	}).Verify(ctx, raw)
	switch {
	case errors.Is(seen.failed, errKeys), errors.Is(seen.failed, context.Canceled), errors.Is(seen.failed, context.DeadlineExceeded):
		return nil, &Refusal{Reason: ReasonKeys, Cause: seen.failed}
	case seen.failed != nil:
		return nil, &Refusal{Reason: ReasonSignature}
	case err != nil:
		return nil, &Refusal{Reason: ReasonMalformed}
	}
	return token, nil
}

// witness keeps the key set's error, of which the library keeps only the text.
type witness struct {
	keys   oidc.KeySet
	failed error
}

// VerifySignature asks the key set.
func (w *witness) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := w.keys.VerifySignature(ctx, jwt)
	w.failed = err
	return payload, err
}

func (v *Verifier) judge(token *oidc.IDToken, said claims) Reason {
	now := v.Now()
	notBefore := time.Unix(int64(said.NotBefore), 0)
	switch {
	case token.Issuer != v.Issuer:
		return ReasonIssuer
	case said.Use != "access":
		return ReasonUse
	case !slices.Contains(v.Clients, said.Client):
		return ReasonClient
	case !now.Before(token.Expiry.Add(Leeway)):
		return ReasonExpired
	case now.Add(Leeway).Before(notBefore), now.Add(Leeway).Before(token.IssuedAt):
		return ReasonNotYetValid
	case token.Subject == "":
		return ReasonSubject
	}
	return ""
}

// role is the highest of the groups that mean something here, whatever their order.
func role(groups []string) string {
	for _, known := range []string{contract.RoleOperator, contract.RoleViewer} {
		if slices.Contains(groups, known) {
			return known
		}
	}
	return ""
}
