// Package auth says who calls the API and how they proved it: the caller, the session's cookies, and the proof that a
// cookie was not used behind its owner's back. Package token checks tokens, package signin signs
// people in.
package auth

import (
	"context"
	"time"

	"github.com/rezagent/rez_agent/internal/contract"
)

// How a request proved who makes it.
const (
	// ViaBearer is an Authorization header, which no other site can make a browser send.
	ViaBearer = "bearer"
	// ViaCookie is the session's cookie, which a browser sends by itself: a change needs CheckCSRF too.
	ViaCookie = "cookie"
)

// Caller is who makes a request, as the authorizer found it in the access token.
type Caller struct {
	// Subject is the user's stable id.
	Subject string
	// Name is what acts are noted under: "user:" and the user name.
	Name string
	// Role is contract.RoleViewer, contract.RoleOperator, or empty for someone in neither group.
	Role string
	// Via is ViaBearer or ViaCookie.
	Via string
	// Expires is when the access token ends.
	Expires time.Time
}

type callerKey struct{}

// WithCaller puts the caller into the context.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerFrom is the context's caller; false means that nobody was asked to prove anything.
func CallerFrom(ctx context.Context) (Caller, bool) {
	caller, ok := ctx.Value(callerKey{}).(Caller)
	return caller, ok
}

// GatewayContext is the caller as the authorizer hands it to the gateway, which passes it to webapi: texts only.
func (c Caller) GatewayContext() map[string]any {
	return map[string]any{
		contract.CallerSubject: c.Subject,
		contract.CallerName:    c.Name,
		contract.CallerRole:    c.Role,
		contract.CallerVia:     c.Via,
		contract.CallerExpires: c.Expires.UTC().Format(time.RFC3339),
	}
}

// CallerOf reads what GatewayContext wrote. False means that the request did not pass the authorizer; a context that is
// not whole counts as none, so that half a caller can do nothing.
func CallerOf(gatewayContext map[string]any) (Caller, bool) {
	text := func(key string) string {
		value, ok := gatewayContext[key].(string)
		if !ok {
			return ""
		}
		return value
	}
	expires, err := time.Parse(time.RFC3339, text(contract.CallerExpires))
	caller := Caller{
		Subject: text(contract.CallerSubject), Name: text(contract.CallerName), Role: text(contract.CallerRole),
		Via: text(contract.CallerVia), Expires: expires,
	}
	known := caller.Via == ViaBearer || caller.Via == ViaCookie
	if err != nil || caller.Subject == "" || caller.Name == "" || !known {
		return Caller{}, false
	}
	return caller, true
}
