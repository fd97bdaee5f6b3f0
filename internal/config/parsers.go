package config

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/caarlos0/env/v11"
	"go.uber.org/zap/zapcore"

	"github.com/rezagent/rez_agent/internal/contract"
	"github.com/rezagent/rez_agent/internal/ntfy"
	"github.com/rezagent/rez_agent/internal/webhook"
)

// parsers teach the env library the types that are ours. Their errors name the variable and what is allowed: the
// library itself names only the field.
func parsers() map[reflect.Type]env.ParserFunc {
	return map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[ntfy.Destination]():    func(value string) (any, error) { return ntfy.ParseURL(value) },
		reflect.TypeFor[webhook.Destination](): func(value string) (any, error) { return webhook.ParseURL(value) },
		reflect.TypeFor[Divisor]():             parseDivisor,
		reflect.TypeFor[Level]():               parseLevel,
	}
}

func parseDivisor(value string) (any, error) {
	divisor, err := strconv.Atoi(value)
	if err != nil || divisor < 1 {
		return nil, fmt.Errorf("%s is %q, allowed is a whole number of 1 or more", contract.EnvTimeDivisor, value)
	}
	return Divisor(divisor), nil
}

func parseLevel(value string) (any, error) {
	level, err := zapcore.ParseLevel(value)
	if err != nil {
		return nil, fmt.Errorf("%s is %q, allowed are debug, info, warn and error", contract.EnvLogLevel, value)
	}
	return Level(level), nil
}
