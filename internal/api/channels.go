package api

import (
	"slices"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/messagetype"
)

// channels are those that the stage has.
func (s *Service) channels() []string {
	if s.Channels == nil {
		return []string{contract.ChannelNtfy}
	}
	return s.Channels
}

// lacks refuses a field that names a channel which the stage does not have.
func (s *Service) lacks(field, channel string) error {
	if slices.Contains(s.channels(), channel) {
		return nil
	}
	return invalid(field, "is "+channel+", which this stage does not have", strings.Join(s.channels(), ", "))
}

// lacksChannelOf refuses a message type whose channel the stage does not have. A type that nobody knows is refused elsewhere.
func (s *Service) lacksChannelOf(messageType string) error {
	kind, err := messagetype.Lookup(messageType)
	if err != nil || slices.Contains(s.channels(), kind.Channel) {
		return nil //nolint:nilerr // as the comment says
	}
	return invalid("message_type", "is "+kind.Name+", which takes the channel "+kind.Channel+"; this stage does not have it",
		strings.Join(messagetype.NamesOn(s.channels()), ", "))
}
