package messagetype

import (
	"errors"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// Notification is a message with ntfy's fields at the sender's choice.
var Notification = register(Type{ //nolint:gochecknoglobals // how a type's file enters the registry
	Name:    "notification",
	Channel: contract.ChannelNtfy,
	Render: func(payload []byte) (ntfy.Notification, error) {
		var n ntfy.Notification
		if err := decode(payload, &n); err != nil {
			return ntfy.Notification{}, err
		}
		if n.SequenceID != "" {
			return ntfy.Notification{}, errors.New(`payload: unknown field "sequence_id" (rez_agent sets it)`)
		}
		return n, n.Validate()
	},
})
