package standin

import (
	"bytes"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"time"
)

//go:embed inbox.gohtml
var pageFiles embed.FS

// inboxPage can only fail if the file that is built in is wrong, which every start would show.
func inboxPage() *template.Template {
	return template.Must(template.ParseFS(pageFiles, "inbox.gohtml"))
}

// inboxView is what the page shows.
type inboxView struct {
	Base    string // prefix of its addresses
	Nonce   string // of its script and style, which the Content-Security-Policy asks for
	Topic   string
	Cards   []card
	State   State
	Presets []preset
}

// card is one notification on the phone.
type card struct {
	Message

	Emoji  []string
	Labels []string // tags that are no emoji
	At     time.Time
}

// Urgency is a word for a priority other than the default, which needs none.
func (c card) Urgency() string {
	return map[int]string{1: "min", 2: "low", 4: "high", 5: "max"}[c.Priority]
}

// preset is a fault that the page offers.
type preset struct {
	Label, JSON string
}

func presets() []preset {
	return []preset{
		{"500, as ntfy", `{"kind":"status","status":500}`},
		{"503 of a proxy", `{"kind":"status","status":503,"html":true}`},
		{"no answer for 30 s", `{"kind":"latency","delay":"30s"}`},
		{"connection reset", `{"kind":"reset"}`},
		{"shown, then reset", `{"kind":"reset_after"}`},
		{"shown, then 500", `{"kind":"delivered_500"}`},
		{"rate limit: 60, then one per 5 s", `{"kind":"ratelimit"}`},
		{"daily quota used up", `{"kind":"quota"}`},
		{"token refused", `{"kind":"unauthorized"}`},
		{"redirect to a login page", `{"kind":"redirect"}`},
		{"login page with 200", `{"kind":"html200"}`},
		{"garbage", `{"kind":"garbage"}`},
	}
}

// serveInbox shows a topic, or all where it is empty, as a phone would.
func (s *Server) serveInbox(w http.ResponseWriter, _ *http.Request, topic string) {
	view := inboxView{
		Base: s.prefix, Nonce: rand.Text(), Topic: topic, Cards: cards(s.Shown(topic)), State: s.State(), Presets: presets(),
	}
	var body bytes.Buffer
	if err := s.inbox.Execute(&body, view); err != nil {
		http.Error(w, "making the inbox page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "+
		"style-src 'nonce-"+view.Nonce+"'; script-src 'nonce-"+view.Nonce+"'")
	_, _ = w.Write(body.Bytes()) // the browser has gone; there is no one to tell
}

// cards are newest first.
func cards(shown []Message) []card {
	list := make([]card, 0, len(shown))
	for _, message := range slices.Backward(shown) {
		c := card{Message: message, At: time.Unix(message.Time, 0)}
		for _, tag := range message.Tags {
			if sign := emoji(tag); sign != "" {
				c.Emoji = append(c.Emoji, sign)
			} else {
				c.Labels = append(c.Labels, tag)
			}
		}
		list = append(list, c)
	}
	return list
}
