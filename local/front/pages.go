package front

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
)

// pages serves the built dashboard as CloudFront does: its files, and its one page for every path that names none.
type pages struct{ dir string }

// ServeHTTP answers with a file or with the page.
func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", contract.DashboardCSP)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	name := path.Clean("/" + r.URL.Path)
	if !strings.Contains(path.Base(name), ".") {
		name = "/index.html"
	}
	if strings.HasPrefix(path.Base(name), ".") {
		http.NotFound(w, r)
		return
	}
	if strings.HasPrefix(name, "/assets/") { // their names change with what is in them
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	p.serve(w, r, filepath.Join(p.dir, filepath.FromSlash(name)))
}

// serve does without http.ServeFile, which sends the browser from …/index.html to the folder.
func (p pages) serve(w http.ResponseWriter, r *http.Request, file string) {
	content, err := os.Open(file)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer content.Close() //nolint:errcheck // nothing was written
	about, err := content.Stat()
	if err != nil || about.IsDir() {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, about.Name(), about.ModTime(), content)
}
