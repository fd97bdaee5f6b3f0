package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/rezagent/rez_agent/internal/api"
	"github.com/rezagent/rez_agent/internal/auth/token"
	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/queue"
)

// noMessage is the id of a message that there never is.
const noMessage = "00000000-0000-0000-0000-000000000000"

// probes look at each thing that the API depends on, with the call that it needs it for.
func probes(env environment, cfg aws.Config, s *api.Service, main, dead *queue.Queue) map[string]func(context.Context) error {
	workflows := sfn.NewFromConfig(cfg)
	keys := &http.Client{Timeout: askPool}
	return map[string]func(context.Context) error{
		"messages": func(ctx context.Context) error {
			if _, err := s.Records.Load(ctx, noMessage); !errors.Is(err, message.ErrNotFound) {
				return err
			}
			return nil
		},
		"circuit": func(ctx context.Context) error {
			_, err := s.Breaker.Look(ctx, contract.ChannelNtfy)
			return err
		},
		"queue":     func(ctx context.Context) error { _, err := main.Visible(ctx); return err },
		"dlq":       func(ctx context.Context) error { _, err := dead.Visible(ctx); return err },
		"schedules": func(ctx context.Context) error { _, _, err := s.Schedules.List(ctx, "", 1); return err },
		"sign_in": func(ctx context.Context) error {
			return reachable(ctx, keys, keysURL(env, token.Issuer(env.UserPoolID)))
		},
		"workflow": func(ctx context.Context) error {
			_, err := workflows.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(env.StateMachineARN)})
			return err
		},
	}
}

func reachable(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for the pool's keys: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask for the pool's keys: %w", err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("ask for the pool's keys: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for the pool's keys: %s", answer.Status)
	}
	return nil
}
