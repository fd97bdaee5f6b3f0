package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/config"
	"github.com/rezagent/rez_agent/internal/contract"
)

// Whatever the environment holds: it is read as a whole, or one line says what is wrong with it.
func FuzzLoad(f *testing.F) {
	f.Add("dev", "debug", "60", "https://ntfy.example/push/my_topic")
	f.Add("", "loud", "0", "https://user:hunter2@ntfy.example/topic")
	f.Add("\n", "", "", "")
	f.Add("prod", "WARN", "9223372036854775808", "ntfy.sh")
	f.Add("$HOME", "fatal", "1e3", "https://ntfy.sh/a\nb")
	f.Fuzz(func(t *testing.T, stage, level, divisor, address string) {
		if strings.Contains(stage+level+divisor+address, "\x00") {
			t.Skip("no environment variable holds a zero byte")
		}
		for name, value := range variables() {
			t.Setenv(name, value)
		}
		t.Setenv(contract.EnvStage, stage)
		t.Setenv(contract.EnvLogLevel, level)
		t.Setenv(contract.EnvTimeDivisor, divisor)
		t.Setenv(contract.EnvNtfyURL, address)
		env, err := config.Load[everything]()
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.Equal(t, stage, env.Stage)
		require.Positive(t, int(env.TimeDivisor))
		require.NotEmpty(t, env.Destination.Topic)
		require.Positive(t, env.Settings().Lease+time.Nanosecond)
	})
}
