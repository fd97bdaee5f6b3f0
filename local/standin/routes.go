package standin

import (
	"net/http"
	"regexp"
	"strings"
)

// controlPath holds what is not ntfy's: faults, state and the page's events.
const controlPath = "/_standin/"

var (
	topicPath    = regexp.MustCompile(`^/([-_A-Za-z0-9]{1,64})/?$`)
	sequencePath = regexp.MustCompile(`^/([-_A-Za-z0-9]{1,64})/([-_A-Za-z0-9]{1,64})$`)
	getPublish   = regexp.MustCompile(`^/([-_A-Za-z0-9]{1,64})/(?:publish|send|trigger)$`)
	jsonPath     = regexp.MustCompile(`^/([-_A-Za-z0-9]{1,64}(?:,[-_A-Za-z0-9]{1,64})*)/json$`)
)

// ServeHTTP answers as ntfy would, or as the present fault wants it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPath) {
		s.routes.ServeHTTP(w, r)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix)
	if !ok || (path != "" && path[0] != '/') {
		// What stands outside the prefix is the proxy, and a proxy's 404 is not ntfy's.
		writePage(w, http.StatusNotFound)
		return
	}
	if strings.HasPrefix(path, controlPath) {
		http.StripPrefix(s.prefix, s.routes).ServeHTTP(w, r)
		return
	}
	s.serveNtfy(w, r, path)
}

// serveNtfy routes as ntfy does: by method, then by the form of the path.
func (s *Server) serveNtfy(w http.ResponseWriter, r *http.Request, path string) {
	switch r.Method {
	case http.MethodPost, http.MethodPut:
		s.servePublish(w, r, path)
	case http.MethodGet, http.MethodHead:
		s.serveRead(w, r, path)
	default:
		writeError(w, errorOf(codeNotFound))
	}
}

func (s *Server) servePublish(w http.ResponseWriter, r *http.Request, path string) {
	if path == "/" || path == "" {
		s.publish(w, r, readJSON)
		return
	}
	for _, form := range []*regexp.Regexp{topicPath, sequencePath} {
		if match := form.FindStringSubmatch(path); match != nil {
			s.publish(w, r, readPlain(match[1:]))
			return
		}
	}
	writeError(w, errorOf(codeNotFound))
}

func (s *Server) serveRead(w http.ResponseWriter, r *http.Request, path string) {
	if path == "/v1/health" {
		writeJSON(w, http.StatusOK, map[string]bool{"healthy": true})
		return
	}
	if match := getPublish.FindStringSubmatch(path); match != nil {
		s.publish(w, r, readPlain(match[1:]))
		return
	}
	if match := jsonPath.FindStringSubmatch(path); match != nil {
		s.serveMessages(w, r, strings.Split(match[1], ","))
		return
	}
	if match := topicPath.FindStringSubmatch(path); match != nil {
		s.serveInbox(w, r, match[1])
		return
	}
	if path == "/" || path == "" {
		s.serveInbox(w, r, "")
		return
	}
	writeError(w, errorOf(codeNotFound))
}
