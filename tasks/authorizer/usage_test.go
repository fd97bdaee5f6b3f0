package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The gateway answers 403 to a request whose plan's key it does not know: infra makes the keys by the same names.
func TestARoleIsCountedUnderItsUsagePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prefix string
		groups []string
		want   string
	}{
		"an operator":              {"rez-agent-usage-prod", []string{"operator"}, "rez-agent-usage-prod-operator"},
		"a viewer":                 {"rez-agent-usage-prod", []string{"viewer"}, "rez-agent-usage-prod-viewer"},
		"nobody's role":            {"rez-agent-usage-prod", nil, "rez-agent-usage-prod-viewer"},
		"a stage without any plan": {"", []string{"operator"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.usageKeys = test.prefix
			answer, err := w.ask(with(t, map[string][]string{"Authorization": {"Bearer " + w.token("alice", test.groups...)}}))
			require.NoError(t, err)
			require.Equal(t, test.want, answer.UsageIdentifierKey)
		})
	}
}
