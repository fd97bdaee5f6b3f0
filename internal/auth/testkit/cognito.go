// Package testkit is a Cognito user pool for tests: its keys, tokens and sign-in pages over true HTTP, with the pool's
// rules (codes and PKCE verifiers that fit once, refresh tokens that rotate and can be revoked) and its clock.
package testkit

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// What the pool has.
const (
	PoolID      = "eu-central-1_Test12345"
	Issuer      = "https://cognito-idp.eu-central-1.amazonaws.com/" + PoolID
	ClientID    = "browserclient1"
	CLIClientID = "commandline1"

	keyID, nextKeyID = "key-1", "key-2"
	accessFor        = 15 * time.Minute
)

// User is someone in the pool.
type User struct {
	Name     string
	Groups   []string
	Disabled bool
}

// Cognito is the pool. Its fields may be set while nothing is asked of it.
type Cognito struct {
	// URL is the origin of the sign-in pages and of the keys.
	URL string
	// Now is the pool's clock.
	Now func() time.Time
	// Rotates makes each refresh give a new refresh token and end the old one.
	Rotates bool
	// KeyFetches counts how often the keys were asked for.
	KeyFetches atomic.Int32
	// SpoilID changes what the ID token says, SpoilAccess the access token.
	SpoilID, SpoilAccess func(Claims)

	failing  atomic.Int64
	mu       sync.Mutex
	rotated  bool
	users    map[string]User
	codes    map[string]grant
	sessions map[string]string // refresh token → user
	revoked  []string
}

// grant is what a code stands for.
type grant struct{ user, redirect, challenge, nonce, client string }

// New starts a pool that ends with the test.
func New(t testing.TB, now func() time.Time) *Cognito {
	t.Helper()
	c := &Cognito{Now: now, users: map[string]User{}, codes: map[string]grant{}, sessions: map[string]string{}}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /"+PoolID+"/.well-known/jwks.json", c.keys)
	pages.HandleFunc("GET /oauth2/authorize", c.authorize)
	pages.HandleFunc("POST /oauth2/token", c.token)
	pages.HandleFunc("POST /oauth2/revoke", c.revoke)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := c.failing.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		pages.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// JWKSURL is where the pool's keys are.
func (c *Cognito) JWKSURL() string { return c.URL + "/" + PoolID + "/.well-known/jwks.json" }

// Put makes a user, or changes one.
func (c *Cognito) Put(user User) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users[user.Name] = user
}

// Fail makes every answer an empty one with this status; 0 ends it.
func (c *Cognito) Fail(status int) { c.failing.Store(int64(status)) }

// Rotate gives the pool another signing key beside the first.
func (c *Cognito) Rotate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotated = true
}

// Revoked are the refresh tokens that were revoked.
func (c *Cognito) Revoked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.revoked)
}

// AccessClaims are what a user's access token says now.
func (c *Cognito) AccessClaims(user User) Claims {
	claims := c.common(user)
	claims["token_use"], claims["client_id"], claims["username"] = "access", ClientID, user.Name
	claims["scope"] = "openid profile email"
	return claims
}

// IDClaims are what a user's ID token says now.
func (c *Cognito) IDClaims(user User, nonce string) Claims {
	claims := c.common(user)
	claims["token_use"], claims["aud"], claims["cognito:username"] = "id", ClientID, user.Name
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return claims
}

func (c *Cognito) common(user User) Claims {
	now := c.Now()
	claims := Claims{
		"iss": Issuer, "sub": "sub-of-" + user.Name, "iat": now.Unix(), "auth_time": now.Unix(),
		"exp": now.Add(accessFor).Unix(), "jti": oauth2.GenerateVerifier(),
	}
	if len(user.Groups) > 0 {
		claims["cognito:groups"] = user.Groups
	}
	return claims
}

func (c *Cognito) keys(w http.ResponseWriter, _ *http.Request) {
	c.KeyFetches.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := []map[string]string{jwk(keyID, poolKey())}
	if c.rotated {
		keys = append(keys, jwk(nextKeyID, nextKey()))
	}
	answer(w, http.StatusOK, map[string]any{"keys": keys})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err)
	}
}
