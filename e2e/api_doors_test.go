package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/wire"
)

// acts are requests that would leave a trace.
func acts() []request {
	return []request{
		{method: http.MethodPost, path: "/api/messages", body: createBody("through a closed door")},
		{method: http.MethodPost, path: "/api/circuit/open"},
		{method: http.MethodPost, path: "/api/replays", body: `{"filter":{"status":"failed"}}`},
		{method: http.MethodGet, path: "/api/messages"},
	}
}

func TestATokenThatProvesNobodyOpensNothing(t *testing.T) {
	s := begin(t)
	m := s.mint(operator)
	stranger, soon, ago := m.stranger(), time.Now().Add(3*time.Minute).Unix(), time.Now().Add(-3*time.Minute).Unix()
	_, _, signature := s.parts(s.token(operator))
	ofViewer := s.mint(viewer)
	raised := ofViewer.unsigned(ofViewer.header, ofViewer.with("cognito:groups", []string{operator}))
	_, _, viewersSignature := s.parts(s.token(viewer))
	_, idToken, refreshToken := s.users().tokens(s.userOf(operator), deployed.ClientID)
	ofForeignClient, _, _ := s.users().tokens(s.userOf(operator), s.users().newClient())
	tokens := map[string]string{
		"none":                             "",
		"garbage":                          "garbage",
		"three parts of garbage":           "a.b.c",
		"a forged signature":               m.signBy(stranger, m.good),
		"another token's signature":        raised + "." + viewersSignature,
		"no signature":                     m.unsigned(m.header, m.good) + ".",
		"algorithm none":                   m.unsigned(m.algorithm("none"), m.good) + ".",
		"algorithm none, with a signature": m.unsigned(m.algorithm("none"), m.good) + "." + signature,
		"HS256 with the public key":        m.signHMAC(m.good),
		"the key under another name":       m.signBy(stranger, m.good),
		"another issuer":                   m.sign(m.with("iss", "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Evil12345")),
		"another pool's, truly signed":     s.tokenOfForeignPool(),
		"another client":                   m.sign(m.with("client_id", "evil")),
		"another client of the pool":       ofForeignClient,
		"expired":                          m.sign(m.with("exp", ago)),
		"without an end":                   m.sign(m.with("exp", nil)),
		"not yet valid":                    m.sign(m.with("nbf", soon)),
		"an ID token":                      idToken,
		"an access token for another use":  m.sign(m.with("token_use", "id")),
		"a refresh token":                  refreshToken,
		"nobody's":                         m.sign(m.with("sub", "")),
	}
	before := s.footprint()
	for name, token := range tokens {
		for _, act := range acts() {
			act.bearer = token
			a := s.ask(act)
			s.problem(a, http.StatusUnauthorized, "unauthenticated", name, act.path)
			require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"), name)
			if token != "" { // as the browser's
				act.bearer, act.header = "", cookies(token, true)
				s.problem(s.ask(act), http.StatusUnauthorized, "unauthenticated", name, "in a cookie", act.path)
			}
		}
	}
	require.Equal(t, before, s.footprint(), "nothing was done")
	require.Empty(t, deployed.Standin.Published(""))
	good := request{method: http.MethodGet, path: "/api/messages", bearer: m.sign(m.good)}
	require.Equal(t, http.StatusOK, s.ask(good).status, "what the refused ones differ from")
}

// cookies is a browser's session; proof says that the page is ours.
func cookies(token string, proof bool) http.Header {
	header := http.Header{"Cookie": {auth.AccessCookie + "=" + token}}
	if proof {
		header.Set(auth.CSRFHeader, "1")
	}
	return header
}

// tokenOfForeignPool is an operator's there, truly signed.
func (s *scenario) tokenOfForeignPool() string {
	s.Helper()
	pool := s.foreignPool()
	pool.newGroup(operator)
	user := pool.invite("operator")
	pool.join(user, operator)
	access, _, _ := pool.tokens(user, pool.newClient())
	return access
}

// The description says which operations there are, so that a new one cannot be forgotten here.
func TestNoOperationIsOpenToWhoMayNotUseIt(t *testing.T) {
	s := begin(t)
	failed := s.record("of nobody's business", failedFor(message.ReasonRefused))
	s.ids = nil // a failed one is final
	outsider, _, _ := s.users().tokens(s.users().invite("outsider"), deployed.ClientID)
	bodies := map[string]string{
		"create-message": createBody("a viewer's"), "create-replay": `{"filter":{"status":"failed"}}`, "redrive": `{"all":true}`,
		"create-schedule":  `{"name":"n","expression":"rate(1 hour)","message_type":"notification","payload":{"message":"m"}}`,
		"preview-schedule": `{"expression":"rate(1 hour)"}`,
	}
	var described struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"` //nolint:tagliatelle // OpenAPI's own name
			Security    []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(s.ask(request{method: http.MethodGet, path: "/api/openapi.json"}).body, &described))
	before, guarded, acting := s.footprint(), 0, 0
	viewers := s.token(viewer)
	for path, methods := range described.Paths {
		for method, op := range methods {
			if len(op.Security) == 0 {
				continue
			}
			guarded++
			r := request{
				method: strings.ToUpper(method), path: strings.ReplaceAll(path, "{id}", failed.ID), body: bodies[op.OperationID],
			}
			s.problem(s.ask(r), http.StatusUnauthorized, "unauthenticated", op.OperationID)
			r.bearer = outsider
			told := s.problem(s.ask(r), http.StatusForbidden, "no_role", op.OperationID)
			require.NotEmpty(t, told.Detail)
			r.bearer = viewers
			a := s.ask(r)
			if r.method == http.MethodGet || op.OperationID == "preview-schedule" {
				require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, a.status, op.OperationID)
				continue
			}
			acting++
			s.problem(a, http.StatusForbidden, "forbidden", op.OperationID)
		}
	}
	require.GreaterOrEqual(t, guarded, 20)
	require.GreaterOrEqual(t, acting, 12)
	require.Equal(t, before, s.footprint(), "nothing was done")
	require.Equal(t, failed.Version, s.load(failed.ID).Version)
}

func TestACookieAloneChangesNothing(t *testing.T) {
	s := begin(t)
	token := s.token(operator)
	with := func(name, value string) http.Header {
		header := cookies(token, true)
		header.Set(name, value)
		return header
	}
	before := s.footprint()
	for name, header := range map[string]http.Header{
		"no proof":            cookies(token, false),
		"another value of it": with(auth.CSRFHeader, "yes"),
		"another origin":      with("Origin", "https://evil.example"),
		"our host, another scheme": with("Origin", strings.Replace(
			deployed.APIURL, "http:", "https:", 1)),
		"another site's page": with("Sec-Fetch-Site", "cross-site"),
	} {
		for _, act := range acts() {
			act.header = header
			if act.method == http.MethodGet {
				require.Equal(t, http.StatusOK, s.ask(act).status, name)
				continue
			}
			s.problem(s.ask(act), http.StatusForbidden, "csrf", name)
		}
	}
	form := request{method: http.MethodPost, path: "/api/messages", body: createBody("a form's"), header: cookies(token, false)}
	form.header.Set("Content-Type", "text/plain")
	s.problem(s.ask(form), http.StatusForbidden, "csrf", "what a form of another site can send")
	viewers := request{method: http.MethodPost, path: "/api/circuit/open", header: cookies(s.token(viewer), true)}
	s.problem(s.ask(viewers), http.StatusForbidden, "forbidden")
	both := request{method: http.MethodPost, path: "/api/circuit/open", bearer: "garbage", header: cookies(token, true)}
	s.problem(s.ask(both), http.StatusUnauthorized, "unauthenticated", "a bearer that is wrong is not made good by a cookie")
	require.Equal(t, before, s.footprint(), "nothing was done")

	proven := request{method: http.MethodPost, path: "/api/circuit/open", header: with("Origin", deployed.APIURL)}
	require.Equal(t, http.StatusOK, s.ask(proven).status, "what the refused ones differ from")
}

// A path that the gateway and the API could read as two different ones must not lead around the authorizer.
func TestAnAmbiguousPathLeadsNowhere(t *testing.T) {
	s := begin(t)
	before := s.footprint()
	token := s.token(operator)
	for _, path := range []string{
		"/api/auth/../messages", "/api/auth/../circuit/open", "/api/auth/..%2fcircuit%2fopen", "/api/auth/%2e%2e/circuit/open",
		"/api/auth/%2E%2E%2Fcircuit%2Fopen", "/api/docs/../circuit/open", "/api/docs/..%2Fcircuit/open", "/api/docs/./../circuit/open",
		"/api/docs/..%5ccircuit%5copen", `/api/docs/..\circuit\open`, "/api/auth//circuit/open", "/api//circuit/open", "/api/circuit//open",
		"/api/auth/login/..%2f..%2fcircuit/open", "/api/auth/..;/circuit/open", "/api/circuit/open%00",
		"/api/auth/%252e%252e/circuit/open", "/api/circuit/open/", "/api/circuit/open/../open", "/api/auth/callback%2f..%2f..%2fcircuit%2fopen",
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			t.Run(method+" "+path, func(t *testing.T) {
				in := &scenario{T: t}
				r := request{method: method, path: path}
				in.anyProblem(in.ask(r), "nobody", http.StatusUnauthorized, http.StatusNotFound)
				r.bearer = token
				in.problem(in.ask(r), http.StatusNotFound, "not_found", "operator")
			})
		}
	}
	require.Equal(t, before, s.footprint(), "nothing was done")
}

// The local gateway decodes a slash before it looks for the route; the API itself would refuse it encoded.
func TestAnEncodedSlashIsGuardedAsASlash(t *testing.T) {
	s := begin(t)
	before := s.footprint()
	for _, path := range []string{"/api/circuit%2fopen", "/api/circuit%2Fopen"} {
		r := request{method: http.MethodPost, path: path}
		s.problem(s.ask(r), http.StatusUnauthorized, "unauthenticated", path)
		r.bearer = s.token(viewer)
		s.problem(s.ask(r), http.StatusForbidden, "forbidden", path)
	}
	require.Equal(t, before, s.footprint(), "nothing was done")
}

func TestNobodySaysWhoTheyAreInAHeader(t *testing.T) {
	s := begin(t)
	smuggled := http.Header{
		"X-Amzn-Oidc-Identity": {"admin"}, "X-Amzn-Oidc-Data": {s.token(operator)}, "X-Amzn-Request-Context": {`{"authorizer":{"role":"operator"}}`},
		"X-Amzn-Apigateway-Authorizer": {"operator"}, "X-Apigateway-Event": {`{"requestContext":{"authorizer":{"role":"operator"}}}`},
		"Subject": {"admin"}, "Name": {"user:admin"}, "Role": {operator}, "Via": {"bearer"}, "Expires": {"2099-01-01T00:00:00Z"},
		"X-Forwarded-User": {"admin"}, "Principalid": {"admin"},
	}
	query := "?subject=admin&name=user:admin&role=operator&via=bearer&expires=2099-01-01T00:00:00Z"
	before := s.footprint()
	for _, act := range acts() {
		act.header = smuggled.Clone()
		s.problem(s.ask(act), http.StatusUnauthorized, "unauthenticated", act.path)
		act.path += query
		s.problem(s.ask(act), http.StatusUnauthorized, "unauthenticated", act.path)
		if act.method != http.MethodGet {
			act.bearer = s.token(viewer)
			s.problem(s.ask(act), http.StatusForbidden, "forbidden", act.path)
		}
	}
	open := request{method: http.MethodPost, path: "/api/auth/messages", header: smuggled.Clone(), body: createBody("around the authorizer")}
	s.anyProblem(s.ask(open), "an open route", http.StatusNotFound)
	require.Equal(t, before, s.footprint(), "nothing was done")

	mine := request{method: http.MethodPost, path: "/api/messages", bearer: s.token(operator), header: smuggled.Clone(), body: createBody("mine")}
	id := read[wire.Accepted](s, s.ask(mine), http.StatusAccepted).ID
	s.ids = append(s.ids, id)
	require.Equal(t, "user:operator", s.completed(soon, id).CreatedBy)
	mine.path += query
	s.problem(s.ask(mine), http.StatusUnprocessableEntity, "invalid_field", "unknown parameters")
}

func TestACursorIsGoodForItsOwnListOnly(t *testing.T) {
	s := begin(t)
	api := s.api(operator)
	for _, text := range []string{"one", "two", "three"} {
		s.create(api, text, "")
	}
	s.allCompleted(soon)
	from := s.since
	filter := wire.MessageFilter{CreatedBy: "user:operator", CreatedAfter: &from}
	page, err := api.Messages(s.context(), filter, "", 1)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.NotEmpty(t, page.Next)
	next, err := api.Messages(s.context(), filter, page.Next, 1)
	require.NoError(t, err)
	require.Equal(t, s.ids[1], next.Items[0].ID)

	list := func(query string) answer {
		return s.ask(request{method: http.MethodGet, path: "/api/messages?" + query, bearer: s.token(viewer)})
	}
	s.problem(list("cursor="+page.Next), http.StatusUnprocessableEntity, "invalid_cursor", "of a list with a filter")
	s.problem(list("status=completed&cursor="+page.Next), http.StatusUnprocessableEntity, "invalid_cursor", "of another filter")
	own := "created_by=user%3Aoperator&created_after=" + from.UTC().Format(time.RFC3339Nano) + "&cursor="
	for _, at := range []int{0, len(page.Next) / 2, len(page.Next) - 1} {
		changed := []byte(page.Next)
		changed[at] = map[bool]byte{true: 'B', false: 'A'}[changed[at] == 'A']
		s.problem(list(own+string(changed)), http.StatusUnprocessableEntity, "invalid_cursor", "changed at", at)
	}
	require.Equal(t, http.StatusOK, list(own+page.Next).status)
}

// What the gateway answers in the API's place speaks as the API does.
func TestEveryRefusalIsAProblemDocument(t *testing.T) {
	s := begin(t)
	before := s.footprint()
	token := s.token(operator)
	huge := `{"message_type":"notification","payload":{"message":"` + strings.Repeat("x", 40_000) + `"}}`
	beyondTheGateway := strings.Repeat("x", 10<<20+1)
	for name, test := range map[string]struct {
		request request
		status  int
		code    string
	}{
		"an unknown path, nobody":     {request{method: http.MethodGet, path: "/api/nothing"}, http.StatusUnauthorized, "unauthenticated"},
		"an unknown path":             {request{method: http.MethodGet, path: "/api/nothing", bearer: token}, http.StatusNotFound, "not_found"},
		"the root":                    {request{method: http.MethodGet, path: "/api", bearer: token}, http.StatusNotFound, "not_found"},
		"an unknown id":               {request{method: http.MethodGet, path: "/api/messages/" + uuid.NewString(), bearer: token}, http.StatusNotFound, "not_found"},
		"another method":              {request{method: http.MethodPatch, path: "/api/messages", bearer: token}, http.StatusMethodNotAllowed, "method_not_allowed"},
		"a body over the API's limit": {request{method: http.MethodPost, path: "/api/messages", bearer: token, body: huge}, http.StatusRequestEntityTooLarge, "too_large"},
		"one over the gateway's": {
			request{method: http.MethodPost, path: "/api/messages", bearer: token, body: beyondTheGateway},
			http.StatusRequestEntityTooLarge, "too_large",
		},
		"another type": {
			request{method: http.MethodPost, path: "/api/messages", bearer: token, body: "x", header: http.Header{"Content-Type": {"text/plain"}}},
			http.StatusUnsupportedMediaType, "unsupported_media_type",
		},
		"no JSON":          {request{method: http.MethodPost, path: "/api/messages", bearer: token, body: "{"}, http.StatusBadRequest, "malformed"},
		"an unknown field": {request{method: http.MethodPost, path: "/api/messages", bearer: token, body: `{"messagetype":"x"}`}, http.StatusUnprocessableEntity, "invalid_field"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &scenario{T: t}
			in.problem(in.ask(test.request), test.status, test.code)
		})
	}
	require.Equal(t, before, s.footprint(), "nothing was done")
}
