package standin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// serveMessages answers /<topic>,<topic>/json: with what was published, line by line, and without poll=1 with what comes
// after it, too.
func (s *Server) serveMessages(w http.ResponseWriter, r *http.Request, topics []string) {
	s.mu.Lock()
	refusal := s.authorize(r)
	s.mu.Unlock()
	poll := isYes(param(r, "x-poll", "poll", "po"))
	from, ok := parseSince(param(r, "x-since", "since", "si"), poll, s.clock())
	switch {
	case refusal != nil:
		writeError(w, refusal)
		return
	case !ok:
		writeError(w, errorOf(codeSince))
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	scheduled := isYes(param(r, "x-scheduled", "scheduled", "sched"))
	reader := messageReader{server: s, topics: topics, scheduled: scheduled}
	old := reader.read(from)
	if poll {
		writeLines(w, old)
		return
	}
	s.follow(w, r, &reader, old)
}

// follow streams: "open" first, then what there was, then what comes.
func (s *Server) follow(w http.ResponseWriter, r *http.Request, reader *messageReader, old []Message) {
	topic := strings.Join(reader.topics, ",")
	lines := append([]Message{s.event("open", topic)}, old...)
	s.stream(w, r, func() bool {
		lines = append(lines, reader.read(sinceID(reader.last))...)
		ok := writeLines(w, lines)
		lines = nil
		return ok
	}, func() bool {
		return writeLines(w, []Message{s.event("keepalive", topic)})
	})
}

func (s *Server) event(kind, topic string) Message {
	d := draft{Topic: topic}
	m := d.assemble(s.clock(), nil)
	m.Event, m.Message, m.Expires = kind, "", 0
	return m
}

// writeLines says whether the client is still there.
func writeLines(w http.ResponseWriter, messages []Message) bool {
	encoder := json.NewEncoder(w)
	for _, message := range messages {
		if err := encoder.Encode(message); err != nil {
			return false
		}
	}
	return true
}

// messageReader reads published messages, each once.
type messageReader struct {
	server    *Server
	topics    []string
	scheduled bool
	last      string // the id of the last message that was there
}

func (m *messageReader) read(from since) []Message {
	all := m.server.Published("")
	if len(all) > 0 {
		m.last = all[len(all)-1].ID
	}
	now := m.server.clock()
	return slices.DeleteFunc(from(all), func(message Message) bool {
		return !message.on(m.topics) || (!m.scheduled && !message.due(now))
	})
}

// since cuts off what came before the moment from which on messages are wanted.
type since func(all []Message) []Message

func sinceTime(unix int64) since {
	return func(all []Message) []Message {
		return slices.DeleteFunc(all, func(m Message) bool { return m.Time < unix })
	}
}

// sinceID gives everything where the id is not, or no longer, known: as ntfy does.
func sinceID(id string) since {
	return func(all []Message) []Message {
		return all[slices.IndexFunc(all, func(m Message) bool { return m.ID == id })+1:]
	}
}

func sinceLatest(all []Message) []Message { return all[max(0, len(all)-1):] }

func sinceNone([]Message) []Message { return nil }

func parseSince(raw string, poll bool, now time.Time) (since, bool) {
	switch raw {
	case "":
		if poll {
			return sinceTime(0), true
		}
		return sinceNone, true
	case "all":
		return sinceTime(0), true
	case "none":
		return sinceNone, true
	case "latest":
		return sinceLatest, true
	}
	if unix, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return sinceTime(unix), true
	}
	if ago, err := time.ParseDuration(raw); err == nil {
		return sinceTime(now.Add(-ago).Unix()), true
	}
	return sinceID(raw), len(raw) == idLength
}

func isYes(raw string) bool {
	return slices.Contains([]string{"1", "yes", "true"}, strings.ToLower(raw))
}
