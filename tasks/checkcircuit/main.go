// Checkcircuit is the Lambda that decides whether a message may be sent now.
package main

import (
	"context"
	"math/rand/v2"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rezagent/rez_agent/internal/circuit"
	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/delivery"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store"
)

type environment struct {
	config.Base
	config.Circuit
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, delivery.Work) (delivery.Work, error) {
	circuits, s := store.NewCircuits(dynamodb.NewFromConfig(cfg), env.CircuitTable), env.Settings()
	step := &delivery.CheckCircuit{
		Breaker: &circuit.Breaker{Store: circuits, Settings: s.Breaker, Now: message.Now},
		Limiter: &circuit.Limiter{Store: circuits, Settings: s.Limits, Now: message.Now},
		Jitter:  rand.Float64, Now: message.Now,
	}
	return step.Run
}
