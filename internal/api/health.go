package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/rezagent/rez_agent/internal/telemetry"
	"github.com/rezagent/rez_agent/internal/wire"
)

// probeFor is how long each part has to answer.
const probeFor = 3 * time.Second

type healthInput struct {
	Deep bool `query:"deep" doc:"Whether to look at what the API depends on" example:"true"`
}

type healthOutput struct {
	Status int
	Body   wire.Health
}

// getHealth needs no sign-in, so that a load balancer or a monitor can ask; it tells nothing but names.
func (s *Service) getHealth(ctx context.Context, in *healthInput) (*healthOutput, error) {
	out := wire.Health{Status: "ok", Stage: s.Stage, Version: s.Version}
	if !in.Deep {
		return &healthOutput{Status: http.StatusOK, Body: out}, nil
	}
	out.Parts = s.probeAll(ctx)
	for _, part := range out.Parts {
		if part.Status != "ok" {
			out.Status = "ill"
			return &healthOutput{Status: http.StatusServiceUnavailable, Body: out}, nil
		}
	}
	return &healthOutput{Status: http.StatusOK, Body: out}, nil
}

func (s *Service) probeAll(ctx context.Context) []wire.HealthPart {
	names := slices.Sorted(maps.Keys(s.Probes))
	parts := make([]wire.HealthPart, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			began := time.Now()
			ctx, cancel := context.WithTimeout(ctx, probeFor)
			defer cancel()
			parts[i] = wire.HealthPart{Name: name, Status: "ok"}
			if err := s.Probes[name](ctx); err != nil {
				parts[i].Status = "ill"
				telemetry.Log(ctx).Warn("part is ill", zap.String("part", name), zap.Error(err))
			}
			parts[i].TookMS = time.Since(began).Milliseconds()
		})
	}
	all.Wait()
	return parts
}
