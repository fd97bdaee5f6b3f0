package config

import (
	"reflect"

	"github.com/caarlos0/env/v11"

	"github.com/rezagent/rez_agent/internal/ntfy"
)

// parsers teach the env library the types that are ours.
func parsers() map[reflect.Type]env.ParserFunc {
	return map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[ntfy.Destination](): func(value string) (any, error) { return ntfy.ParseURL(value) },
	}
}
