// Package api is the REST API: its routes, who may use them, and what they answer. The OpenAPI document, the page that
// shows it and the catalogue of errors are generated from it. It knows HTTP, but neither API Gateway nor Lambda.
package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/rezagent/rez_agent/internal/auth"
	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/intake"
	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/settings"
)

// Service is what the routes work with.
type Service struct {
	Stage, Version string
	// Channels are those that the stage has; nil is ntfy alone.
	Channels []string
	// PublicURL is the origin under which a browser sees /api.
	PublicURL string
	// WorkflowLogs is the log group of the executions' history, for the links into the AWS console.
	WorkflowLogs string
	Times        settings.Settings
	Now          func() time.Time

	Records   Records
	Intake    *intake.Intake
	Lister    *listing.Lister
	Replays   Replays
	Breaker   *circuit.Breaker
	Letters   Letters
	Schedules Schedules
	Metrics   Metrics
	// SignIn are the handlers of the browser's sign-in.
	SignIn SignIn
	// Program is what a program needs to sign a person in.
	Program ProgramSignIn
	// Probes look at what the API depends on, by the part's name.
	Probes map[string]func(context.Context) error
}

// Records are read one by one here; lists come from the Lister.
type Records interface {
	// Load reads a record. Errors: message.ErrNotFound.
	Load(ctx context.Context, id string) (message.Record, error)
}

// SignIn answers the browser's way through the hosted sign-in page.
type SignIn interface {
	Login(w http.ResponseWriter, r *http.Request)
	Callback(w http.ResponseWriter, r *http.Request)
	Refresh(w http.ResponseWriter, r *http.Request)
	Logout(w http.ResponseWriter, r *http.Request)
}

// maxBody bounds every request's body, in bytes.
const maxBody = 32 << 10

var speakOnce sync.Once

// New gives the API's handler.
func New(s *Service) http.Handler {
	mux := http.NewServeMux()
	s.register(table{served: mux})
	s.registerSignIn(mux)
	registerDocs(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, CodeNotFound, "no route has the path "+r.URL.Path)
	})
	return secured(methodsTold(unchanged(mux), mux))
}

// newHuma makes huma's API on a mux; its own pages are off, ours are generated.
func newHuma(mux *http.ServeMux) huma.API {
	speakOnce.Do(speakProblems)
	config := huma.DefaultConfig("rez_agent", "1.0.0")
	config.Info.Description = "Accepts messages, delivers them to ntfy, and shows what became of them. " +
		"Errors are RFC 9457 problem documents with a code from docs/errors.md."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // they would add a $schema field to every answer
	config.RejectUnknownQueryParameters = true
	config.NoFormatFallback = false
	config.Formats = map[string]huma.Format{"application/json": strictJSON(), "json": strictJSON()}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {
			Type: "http", Scheme: "bearer", BearerFormat: "JWT",
			Description: "An access token of the user pool.",
		},
		"cookie": {
			Type: "apiKey", In: "cookie", Name: auth.AccessCookie,
			Description: "The browser's session; what changes something also needs the header X-Rez-Csrf: 1.",
		},
	}
	config.Servers = []*huma.Server{{URL: "/"}}
	return humago.New(mux, config)
}

// secured refuses paths that could mean two things to two readers, and says what no answer of an API is for.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		if ambiguous(r.URL.EscapedPath()) {
			WriteProblem(w, r, CodeNotFound, "no route has such a path")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ambiguous(escaped string) bool {
	lower := strings.ToLower(escaped)
	for _, part := range []string{"..", "//", "/./", "%2e", "%2f", "%5c", "\\", "%00"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return false
}

// previewPath would be a schedule's under the methods that it does not have.
const previewPath = "/api/schedules/preview"

// methodsTold turns the mux's plain text for a wrong method into a problem; the mux has set Allow.
func methodsTold(next http.Handler, mux *http.ServeMux) http.Handler {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == previewPath && r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			WriteProblem(w, r, CodeMethodNotAllowed, r.Method+" is not "+http.MethodPost)
			return
		}
		if _, pattern := mux.Handler(r); pattern != "/" {
			next.ServeHTTP(w, r)
			return
		}
		var allowed []string
		for _, method := range methods {
			try := r.Clone(r.Context())
			try.Method = method
			if _, pattern := mux.Handler(try); pattern != "/" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			mux.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		WriteProblem(w, r, CodeMethodNotAllowed, r.Method+" is not among "+strings.Join(allowed, ", "))
	})
}

// operator and viewer name what a route asks for.
const (
	anyone   = ""
	viewer   = contract.RoleViewer
	operator = contract.RoleOperator
)
