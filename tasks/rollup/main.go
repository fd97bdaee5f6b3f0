// Rollup is the Lambda behind the messages table's stream: it keeps the hourly counters.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/lambdas"
	"github.com/rezagent/rez_agent/internal/metrics"
	"github.com/rezagent/rez_agent/internal/store"
)

type environment struct {
	config.Base
	config.Metrics
}

func main() { lambdas.Start(wire) }

func wire(env environment, cfg aws.Config) func(context.Context, batch) (metrics.Rolled, error) {
	return handler(&metrics.Rollup{
		Store: store.NewMetrics(dynamodb.NewFromConfig(cfg), env.MetricsTable),
		Meter: metrics.Meter{Deadline: env.Settings().Deadline},
	})
}
