// Package config reads a Lambda's settings from its environment, once, at start: all that is missing or wrong is
// reported at once. A Lambda's environment is a struct that embeds the parts it needs.
package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/settings"
)

// Base is what every Lambda has.
type Base struct {
	Stage    string `env:"STAGE,required,notEmpty"`
	LogLevel Level  `env:"LOG_LEVEL"               envDefault:"info"`
	// TimeDivisor divides every wait, for tests on the local stack.
	TimeDivisor Divisor `env:"TIME_DIVISOR" envDefault:"1"`
}

// Level is the least severe log level that is written.
type Level zapcore.Level

// Divisor is a whole number, 1 or more.
type Divisor int

// Common gives the base of any environment that embeds it.
func (b Base) Common() Base { return b }

// Settings are the pipeline's times and limits.
func (b Base) Settings() settings.Settings { return settings.Default().Divided(int(b.TimeDivisor)) }

// Messages is the table of records.
type Messages struct {
	MessagesTable string `env:"DYNAMODB_TABLE_NAME,required,notEmpty"`
}

// Circuit is the table of breakers and limits.
type Circuit struct {
	CircuitTable string `env:"CIRCUIT_BREAKER_TABLE,required,notEmpty"`
}

// Topic is where tickets are published.
type Topic struct {
	TopicARN string `env:"SNS_TOPIC_ARN,required,notEmpty"`
}

// Queue is where tickets wait.
type Queue struct {
	QueueURL string `env:"SQS_QUEUE_URL,required,notEmpty"`
}

// DLQ is where tickets end that the pipeline could not handle in time.
type DLQ struct {
	DLQURL string `env:"SQS_DLQ_URL,required,notEmpty"`
}

// Machine is the delivery workflow.
type Machine struct {
	StateMachineARN string `env:"STATE_MACHINE_ARN,required,notEmpty"`
}

// Ntfy is the destination.
type Ntfy struct {
	Destination ntfy.Destination `env:"NTFY_URL,required,notEmpty"`
	// APIKeyParam names the SSM SecureString that holds the bearer token; empty means none.
	APIKeyParam string `env:"NTFY_API_KEY_PARAM"`
}

// Load fills an environment and reports everything that is missing or wrong in one error of one line.
func Load[E interface{ Common() Base }]() (E, error) {
	environment, err := env.ParseAsWithOptions[E](env.Options{FuncMap: parsers()})
	if err != nil {
		return environment, fmt.Errorf("environment: %s", oneLine(err))
	}
	return environment, nil
}

func oneLine(err error) string {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err.Error()
	}
	faults := make([]string, 0, len(all.Errors))
	for _, fault := range all.Errors {
		faults = append(faults, fault.Error())
	}
	return strings.Join(faults, "; ")
}
