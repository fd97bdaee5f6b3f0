package api

import (
	"context"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/wire"
)

// Metrics reads the hourly counters.
type Metrics interface {
	Read(ctx context.Context, now time.Time, period metrics.Period, stage, messageType string) (metrics.Report, error)
}

// latestFailures is how many of the newest failed messages stand beside the figures.
const latestFailures = 10

type metricsInput struct {
	Period      string `query:"period" doc:"How far back" enum:"1h,24h,7d" default:"24h" example:"24h"`
	Stage       string `query:"stage" doc:"Only this deployment" minLength:"1" maxLength:"32" example:"prod"`
	MessageType string `query:"message_type" doc:"Only this kind of messages" enum:"notification,scheduled_hello,webhook" maxLength:"64" example:"notification"`
}

type metricsOutput struct {
	Body wire.Metrics
}

func (s *Service) getMetrics(ctx context.Context, in *metricsInput) (*metricsOutput, error) {
	report, err := s.Metrics.Read(ctx, s.Now(), metrics.Period(in.Period), in.Stage, in.MessageType)
	if err != nil {
		return nil, fmt.Errorf("read the figures: %w", err)
	}
	failures, err := s.Lister.List(ctx, listing.Filter{Status: message.StatusFailed, Stage: in.Stage, Type: in.MessageType}, "", latestFailures)
	if err != nil {
		return nil, fmt.Errorf("read the latest failures: %w", err)
	}
	waiting, err := s.waiting(ctx, in.Stage)
	if err != nil {
		return nil, err
	}
	out := wire.Metrics{
		Period: in.Period, From: report.From.UTC(), To: report.To.UTC(), Total: figures(report.Total),
		Groups: make([]wire.MetricsGroup, 0, len(report.Groups)), Hours: make([]wire.MetricsHour, 0, len(report.Hours)),
		Waiting:        waiting,
		CircuitChanges: report.CircuitOpened + report.CircuitClosed, LatestFailures: summaries(failures.Records),
	}
	for _, g := range report.Groups {
		out.Groups = append(out.Groups, wire.MetricsGroup{Stage: g.Stage, MessageType: g.MessageType, Figures: figures(g.Counters)})
	}
	for _, h := range report.Hours {
		out.Hours = append(out.Hours, wire.MetricsHour{Hour: h.Start.UTC(), Figures: figures(h.Counters)})
	}
	return &metricsOutput{Body: out}, nil
}

// waiting counts what waits now. Another stage's messages are in a table of their own: here none of them waits.
func (s *Service) waiting(ctx context.Context, stage string) (wire.Waiting, error) {
	if stage != "" && stage != s.Stage {
		return wire.Waiting{}, nil
	}
	found, err := s.Lister.Waiting(ctx)
	if err != nil {
		return wire.Waiting{}, fmt.Errorf("count what waits: %w", err)
	}
	return wire.Waiting{
		UnderWay: wire.Count{Count: found.UnderWay.N, More: found.UnderWay.More},
		Deferred: wire.Count{Count: found.Deferred.N, More: found.Deferred.More},
	}, nil
}

func figures(c metrics.Counters) wire.Figures {
	out := wire.Figures{
		Accepted: c.Accepted, Completed: c.Completed, Failed: c.Failed(), Refused: c.Refused, Expired: c.Expired, Faulted: c.Faulted,
		Replayed: c.Replayed, Deferrals: c.Deferrals, Attempts: c.Attempts,
		LatencyP50: percentile(c.Latency, 0.50), LatencyP95: percentile(c.Latency, 0.95),
	}
	if rate, ok := c.SuccessRate(); ok {
		out.SuccessRate = &rate
	}
	return out
}

func percentile(h metrics.Histogram, share float64) *int64 {
	atMost, ok := h.Percentile(share)
	if !ok {
		return nil
	}
	ms := atMost.Milliseconds()
	return &ms
}
