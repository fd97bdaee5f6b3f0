package faults

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/local/standin"
)

// ntfyRows break the destination.
func ntfyRows() []Row {
	const huge = 2 << 20
	return []Row{
		{Name: "healthy", Says: "nothing breaks", Messages: many, Ends: all(many, Completed), Short: true, run: undisturbed},
		{
			Name: "outage", Says: "ntfy is down for long: three probes fail", Messages: many, Ends: all(many, Completed), Short: true,
			run: outage,
		},
		{Name: "flapping", Says: "ntfy goes and comes back, six times", Messages: many, Ends: all(many, Completed), run: flapping},
		{
			Name: "rate-limit", Says: "ntfy limits the rate as the public server does: 60, then one each slot", Messages: many,
			Ends: all(many, Completed), run: spoilt(standin.Fault{Kind: standin.RateLimit}),
		},
		{
			Name: "bad-credentials", Says: "in the middle ntfy answers 429 with 42909, until an operator mends the token",
			Messages: many, Ends: all(many, Completed),
			run: operatorsFault(standin.Fault{Kind: standin.Status, Status: http.StatusTooManyRequests, Code: 42909}, circuit.CauseUnauthorized),
		},
		{
			Name: "redirect", Says: "in the middle ntfy redirects to a sign-in page elsewhere, until an operator mends the address",
			Messages: many, Ends: all(many, Completed),
			run: operatorsFault(standin.Fault{Kind: standin.Redirect, Location: "http://127.0.0.1:9/login"}, circuit.CauseMisconfigured),
		},
		{
			Name: "delivered-500", Says: "ntfy shows messages and answers 500", Messages: many, Ends: all(many, Completed),
			run: ailing(standin.Fault{Kind: standin.Delivered500}),
		},
		{
			Name: "reset-after", Says: "ntfy shows messages, then the connection breaks", Messages: many, Ends: all(many, Completed),
			run: ailing(standin.Fault{Kind: standin.ResetAfter}),
		},
		{
			Name: "slow", Says: "ntfy shows messages and answers later than the timeout", Messages: many, Ends: all(many, Completed),
			run: slow(false),
		},
		{
			Name: "slow-body", Says: "ntfy shows messages, and the body of the answer comes later than the timeout", Messages: many,
			Ends: all(many, Completed), run: slow(true),
		},
		{
			Name: "garbage", Says: "what answers speaks no HTTP", Messages: many, Ends: all(many, Completed),
			run: ailing(standin.Fault{Kind: standin.Garbage}),
		},
		{
			Name: "huge", Says: "ntfy answers 500 with 2 MiB", Messages: many, Ends: all(many, Completed),
			run: ailing(standin.Fault{Kind: standin.Status, Status: http.StatusInternalServerError, BodyBytes: huge}),
		},
		{
			Name: "refused", Says: "ntfy refuses twenty of the messages for good", Messages: many,
			Ends: map[End]int{Completed: many - refusals, Refused: refusals},
			run:  spoilt(standin.Fault{Kind: standin.Status, Status: http.StatusBadRequest, Code: 40021, Count: refusals}),
		},
		{Name: "expired", Says: "ntfy is down past every message's deadline", Messages: many, Ends: all(many, Expired), run: expired},
	}
}

const refusals = 20

func undisturbed(ctx context.Context, w *World, r *Row) error {
	_, err := w.send(ctx, r.Messages)
	return err
}

// spoilt has ntfy break as told from the first message on, until the fault is used up; one without end stays.
func spoilt(fault standin.Fault) func(context.Context, *World, *Row) error {
	return func(ctx context.Context, w *World, r *Row) error {
		if fault.Kind == standin.RateLimit {
			fault.Every = w.settings().Limits.Spacing
		}
		if err := w.stack.Standin.SetFault(fault); err != nil {
			return err
		}
		return undisturbed(ctx, w, r)
	}
}

func slow(body bool) func(context.Context, *World, *Row) error {
	return func(ctx context.Context, w *World, r *Row) error {
		delay := 2 * w.settings().HTTPTimeout
		return ailing(standin.Fault{Kind: standin.Latency, Delay: delay, SlowBody: body})(ctx, w, r)
	}
}

func down() standin.Fault {
	return standin.Fault{Kind: standin.Status, Status: http.StatusServiceUnavailable}
}

func outage(ctx context.Context, w *World, r *Row) error {
	const failedProbes = 3
	return w.ill(ctx, down(), r.Messages, failedProbes)
}

// ailing has ntfy break as told until the circuit is open and a probe has failed.
func ailing(fault standin.Fault) func(context.Context, *World, *Row) error {
	return func(ctx context.Context, w *World, r *Row) error { return w.ill(ctx, fault, r.Messages, 1) }
}

// ill sends n messages to an ntfy that heals when all of them have had to wait and so many probes have failed.
func (w *World) ill(ctx context.Context, fault standin.Fault, n, failedProbes int) error {
	if err := w.stack.Standin.SetFault(fault); err != nil {
		return err
	}
	if _, err := w.send(ctx, n); err != nil {
		return err
	}
	err := w.each(ctx, w.patience(), "waits", func(rec message.Record) bool { return rec.Deferrals > 0 })
	if err == nil {
		err = w.untilCircuit(ctx, w.patience(), fmt.Sprintf("has seen %d probes fail", failedProbes), func(c circuit.Circuit) bool {
			return c.Trips >= failedProbes
		})
	}
	w.heal()
	return err
}

func flapping(ctx context.Context, w *World, r *Row) error {
	const times = 6
	const failures = 4 // one less than opens the circuit, and with those before it sometimes more
	for range times {
		fault := down()
		fault.Count = failures
		if err := w.stack.Standin.SetFault(fault); err != nil {
			return err
		}
		if _, err := w.send(ctx, r.Messages/times); err != nil {
			return err
		}
		before := w.stack.Standin.Counts().Delivered
		if err := w.untilDelivered(ctx, before+1); err != nil {
			return err
		}
	}
	_, err := w.send(ctx, r.Messages%times)
	return err
}

// operatorsFault breaks ntfy, after a part of the messages, in a way that only an operator can mend, who then does.
func operatorsFault(fault standin.Fault, cause circuit.Cause) func(context.Context, *World, *Row) error {
	return func(ctx context.Context, w *World, r *Row) error {
		const parts = 4
		if _, err := w.send(ctx, r.Messages/parts); err != nil {
			return err
		}
		if err := w.untilDelivered(ctx, r.Messages/parts/2); err != nil {
			return err
		}
		if err := w.stack.Standin.SetFault(fault); err != nil {
			return err
		}
		if _, err := w.send(ctx, r.Messages-r.Messages/parts); err != nil {
			return err
		}
		err := w.untilCircuit(ctx, soon, fmt.Sprintf("is open, %s", cause), func(c circuit.Circuit) bool {
			return c.State == circuit.Open && c.Cause == cause
		})
		w.heal()
		return err
	}
}

// shortDeadline lets messages expire within a row.
const shortDeadline = 3 * time.Second

func expired(ctx context.Context, w *World, r *Row) error {
	if err := w.stack.Standin.SetFault(down()); err != nil {
		return err
	}
	in := w.client()
	in.Times.Deadline = shortDeadline
	if _, err := w.sendFrom(ctx, in, r.Messages); err != nil {
		return err
	}
	err := w.untilFinal(ctx)
	w.calm = time.Now()
	return err
}
