package infra

import (
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/telemetry"
)

// channelAlarms watch what a channel beside ntfy has of its own. The alarms on deliveries, latencies and open circuits are of
// all channels together.
func (w *watch) channelAlarms() []alarm {
	var list []alarm
	for _, channel := range w.channels {
		list = append(list, alarm{
			name: channel.DLQ + "-not-empty", runbook: "dlq-not-empty",
			says: "The DLQ of " + channel.Name + " holds items: expired messages, or such that the pipeline gave up.",
			of:   w.queue(channel.DLQ, "ApproximateNumberOfMessagesVisible", short),
		}, alarm{
			name: channel.Name + "-oldest-message", runbook: alarmOldestMessage,
			says: "A ticket has waited in the queue of " + channel.Name + " for more than 20 minutes.",
			of:   w.queue(channel.Queue, "ApproximateAgeOfOldestMessage", short), above: oldest.Seconds(),
		})
		if channel.Name == contract.ChannelWebhook {
			list = append(list, alarm{
				name: "webhook-unauthorized", says: "The webhook's receiver refuses our signature.",
				of: w.own(telemetry.WebhookUnauthorized, statSum, tenMinutes),
			}, alarm{
				name: "webhook-misconfigured", says: "The webhook's receiver is not at its address, or there is no secret to sign with.",
				of: w.own(telemetry.WebhookMisconfigured, statSum, tenMinutes),
			})
		}
	}
	return list
}

// channelPage are the alarms of the channels beside ntfy that wake somebody.
func (w *watch) channelPage() []string {
	var names []string
	for _, channel := range w.channels {
		names = append(names, channel.Name+"-oldest-message", channel.Name+"-unauthorized", channel.Name+"-misconfigured")
	}
	return names
}
