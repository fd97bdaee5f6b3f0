package messagetype

import (
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/ntfy"
)

// ScheduledHello says “hello world”: the sign that the schedule and everything behind it works. Its payload is {}.
var ScheduledHello = register(Type{ //nolint:gochecknoglobals // how a type's file enters the registry
	Name:    "scheduled_hello",
	Channel: contract.ChannelNtfy,
	Render: func(payload []byte) (ntfy.Notification, error) {
		if err := decode(payload, &struct{}{}); err != nil {
			return ntfy.Notification{}, err
		}
		return ntfy.Notification{Message: "hello world", Tags: []string{"wave"}}, nil
	},
})
