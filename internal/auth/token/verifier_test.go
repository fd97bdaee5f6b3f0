package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/auth/testkit"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/contract"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

type world struct {
	*clock
	*token.Verifier

	pool *testkit.Cognito
}

func newWorld(t testing.TB) *world {
	t.Helper()
	now := &clock{time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
	pool := testkit.New(t, now.Now)
	return &world{clock: now, pool: pool, Verifier: &token.Verifier{
		Issuer: token.Issuer(testkit.PoolID), Keys: token.NewKeys(pool.JWKSURL(), nil, now.Now),
		Clients: []string{testkit.ClientID, testkit.CLIClientID}, Now: now.Now,
	}}
}

func alice() testkit.User { return testkit.User{Name: "alice", Groups: []string{"operator"}} }

func requireRefused(t *testing.T, w *world, raw string, reason token.Reason) {
	t.Helper()
	caller, err := w.Verify(t.Context(), raw)
	require.ErrorIs(t, err, token.ErrUnauthenticated)
	var refusal *token.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, reason, refusal.Reason)
	require.Zero(t, caller)
	if raw != "" {
		require.NotContains(t, err.Error(), raw, "no token in an error")
	}
}

func TestAnAccessTokenSaysWhoCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller, err := w.Verify(t.Context(), w.pool.Sign(w.pool.AccessClaims(alice())))
	require.NoError(t, err)
	require.Equal(t, "sub-of-alice", caller.Subject)
	require.Equal(t, "user:alice", caller.Name)
	require.Equal(t, contract.RoleOperator, caller.Role)
	require.True(t, caller.Expires.Equal(w.now.Add(15*time.Minute)))
}

func TestTheIssuerIsThePoolInItsRegion(t *testing.T) {
	t.Parallel()
	require.Equal(t, "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC", token.Issuer("us-east-1_AbC"))
	require.Equal(t, token.Issuer("us-east-1_AbC")+"/.well-known/jwks.json", token.JWKSURL(token.Issuer("us-east-1_AbC")))
}

func TestBothClientsMayAskAndAUserWithoutANameIsKnownByID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := w.pool.AccessClaims(alice())
	said["client_id"] = testkit.CLIClientID
	delete(said, "username")
	caller, err := w.Verify(t.Context(), w.pool.Sign(said))
	require.NoError(t, err)
	require.Equal(t, "user:sub-of-alice", caller.Name)
}

func TestTheHighestGroupIsTheRoleWhateverTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		groups []string
		role   string
	}{
		{[]string{"viewer"}, contract.RoleViewer},
		{[]string{"viewer", "operator"}, contract.RoleOperator},
		{[]string{"operator", "viewer"}, contract.RoleOperator},
		{[]string{"aaa", "operator"}, contract.RoleOperator},
		{[]string{"zzz", "viewer", "aaa"}, contract.RoleViewer},
		{[]string{"Operator", "operators", "admin", ""}, ""},
		{nil, ""},
	} {
		caller, err := w.Verify(t.Context(), w.pool.Sign(w.pool.AccessClaims(testkit.User{Name: "bob", Groups: test.groups})))
		require.NoError(t, err)
		require.Equal(t, test.role, caller.Role, "%q", test.groups)
	}
}

func TestWhatATokenSaysDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, test := range map[string]struct {
		change func(testkit.Claims)
		reason token.Reason
	}{
		"another pool":            {set("iss", testkit.Issuer+"x"), token.ReasonIssuer},
		"the same id elsewhere":   {set("iss", "https://evil.example/"+testkit.PoolID), token.ReasonIssuer},
		"no issuer":               {unset("iss"), token.ReasonIssuer},
		"an ID token's use":       {set("token_use", "id"), token.ReasonUse},
		"no use":                  {unset("token_use"), token.ReasonUse},
		"another client":          {set("client_id", "other"), token.ReasonClient},
		"no client":               {unset("client_id"), token.ReasonClient},
		"a client as audience":    {func(c testkit.Claims) { delete(c, "client_id"); c["aud"] = testkit.ClientID }, token.ReasonClient},
		"expired a minute ago":    {set("exp", w.now.Add(-time.Minute).Unix()), token.ReasonExpired},
		"no end":                  {unset("exp"), token.ReasonExpired},
		"valid in 61 s":           {set("nbf", w.now.Add(61*time.Second).Unix()), token.ReasonNotYetValid},
		"issued in 61 s":          {set("iat", w.now.Add(61*time.Second).Unix()), token.ReasonNotYetValid},
		"nobody's":                {unset("sub"), token.ReasonSubject},
		"groups that are no list": {set("cognito:groups", "operator"), token.ReasonMalformed},
		"an end that is no time":  {set("exp", "tomorrow"), token.ReasonMalformed},
		// Clocks differ by up to a minute.
		"expired 59 s ago": {set("exp", w.now.Add(-59*time.Second).Unix()), ""},
		"valid in 60 s":    {set("nbf", w.now.Add(time.Minute).Unix()), ""},
		"issued in 60 s":   {set("iat", w.now.Add(time.Minute).Unix()), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := w.pool.AccessClaims(alice())
			test.change(said)
			raw := w.pool.Sign(said)
			if test.reason != "" {
				requireRefused(t, w, raw, test.reason)
				return
			}
			_, err := w.Verify(t.Context(), raw)
			require.NoError(t, err)
		})
	}
}

func set(claim string, value any) func(testkit.Claims) {
	return func(c testkit.Claims) { c[claim] = value }
}

func unset(claim string) func(testkit.Claims) {
	return func(c testkit.Claims) { delete(c, claim) }
}

func TestAForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := w.pool.AccessClaims(alice())
	good := w.pool.Sign(said)
	_, err := w.Verify(t.Context(), good)
	require.NoError(t, err, "the keys are known by now")
	parts := strings.Split(good, ".")
	viewer := strings.Split(w.pool.Sign(w.pool.AccessClaims(testkit.User{Name: "eve", Groups: []string{"viewer"}})), ".")

	for name, test := range map[string]struct {
		raw    string
		reason token.Reason
	}{
		"nothing":                       {"", token.ReasonMissing},
		"a stranger's key":              {w.pool.Forge(said), token.ReasonSignature},
		"a key that nobody has":         {w.pool.ForgeUnknown(said), token.ReasonSignature},
		"no algorithm":                  {w.pool.ForgeNone(said), token.ReasonAlgorithm},
		"HS256 with the public key":     {w.pool.ForgeHMAC(said), token.ReasonAlgorithm},
		"another's signature":           {parts[0] + "." + parts[1] + "." + viewer[2], token.ReasonSignature},
		"another's claims":              {parts[0] + "." + viewer[1] + "." + parts[2], token.ReasonSignature},
		"no signature":                  {parts[0] + "." + parts[1] + ".", token.ReasonSignature},
		"two parts":                     {parts[0] + "." + parts[1], token.ReasonMalformed},
		"five parts":                    {good + ".a.b", token.ReasonMalformed},
		"garbage":                       {"garbage", token.ReasonMalformed},
		"garbage in three parts":        {"a.b.c", token.ReasonMalformed},
		"a header that is not base64":   {"!!!." + parts[1] + "." + parts[2], token.ReasonMalformed},
		"a token in JSON's long form":   {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, token.ReasonMalformed},
		"100 KB":                        {strings.Repeat("a", 100_000), token.ReasonTooLong},
		"100 KB that look like a token": {parts[0] + "." + strings.Repeat("a", 100_000) + "." + parts[2], token.ReasonTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, w, test.raw, test.reason)
		})
	}
}

func TestAnIDTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	requireRefused(t, w, w.pool.Sign(w.pool.IDClaims(alice(), "")), token.ReasonUse)
}

// The authorizer's budget is 5 ms; a warm check takes a small part of one.
func BenchmarkVerifyWarm(b *testing.B) {
	w := newWorld(b)
	raw := w.pool.Sign(w.pool.AccessClaims(alice()))
	var caller auth.Caller
	for b.Loop() {
		var err error
		caller, err = w.Verify(b.Context(), raw)
		require.NoError(b, err)
	}
	require.Equal(b, "user:alice", caller.Name)
}
