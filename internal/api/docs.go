package api

import (
	_ "embed"
	"net/http"
)

// What `go run ./internal/api/describe` writes: the description and the page are part of the binary, so that they are
// there without a network, and cost a start nothing.
var (
	//go:embed openapi.json
	openAPIDocument []byte
	//go:embed docs.html
	docsPage []byte
)

// registerDocs serves the description, and the page that shows it to people.
func registerDocs(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		serve(w, "application/json", openAPIDocument)
	})
	page := func(w http.ResponseWriter, _ *http.Request) {
		// Nothing but this page's own styles: no script, nothing from elsewhere.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		serve(w, "text/html; charset=utf-8", docsPage)
	}
	mux.HandleFunc("GET /api/docs", page)
	// The type of a problem leads here: …/docs/errors#code.
	mux.HandleFunc("GET /api/docs/errors", page)
}

func serve(w http.ResponseWriter, kind string, content []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(content) // nobody is there to hear of it
}
