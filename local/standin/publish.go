package standin

import (
	"net/http"
)

// publish takes one request to publish: the present fault may take it, ntfy may refuse it, else it is shown.
func (s *Server) publish(w http.ResponseWriter, r *http.Request, read reader) {
	d, unreadable := read(r)
	request := Request{
		Method: r.Method, Path: r.URL.Path, Topic: d.Topic, SequenceID: d.SequenceID,
		MessageID: r.Header.Get("X-Message-Id"), UserAgent: r.UserAgent(), Bytes: d.size,
	}
	answer := s.settle(r, &d, unreadable, request)
	answer.write(w, r, s.closed)
}

// settle decides and remembers, in one step under the lock, what is answered.
func (s *Server) settle(r *http.Request, d *draft, unreadable *apiError, request Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.announce()
	request.At = s.clock()
	a := s.decide(r, d, unreadable)
	if a.message != nil {
		s.store.deliver(*a.message)
		request.Shown, request.NtfyID = true, a.message.ID
	}
	request.Status, request.Code, request.Fault = a.loggedStatus(), a.code, a.kind()
	s.store.log(request)
	return a
}

// decide has the fault go first, because it stands for what lies before ntfy, or for all of it. Faults that deliver need
// a message that ntfy takes.
func (s *Server) decide(r *http.Request, d *draft, unreadable *apiError) answer {
	now := s.clock()
	if fault := s.takeFault(d, now, false); fault != nil {
		return fault.answer()
	}
	message, refusal := s.judge(r, d, unreadable)
	if refusal != nil {
		return answer{status: refusal.HTTP, code: refusal.Code, body: refusal}
	}
	if fault := s.takeFault(d, now, true); fault != nil {
		a := fault.answer()
		a.message = &message
		return a
	}
	return answer{status: http.StatusOK, body: message, message: &message}
}

// judge asks in ntfy's order: can it be read, is there such a topic, may they, is it right.
func (s *Server) judge(r *http.Request, d *draft, unreadable *apiError) (Message, *apiError) {
	if unreadable != nil {
		return Message{}, unreadable
	}
	if refusal := d.checkTopic(); refusal != nil {
		return Message{}, refusal
	}
	if refusal := s.authorize(r); refusal != nil {
		return Message{}, refusal
	}
	return d.message(s.clock())
}
