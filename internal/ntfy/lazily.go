package ntfy

import (
	"regexp"
	"sync"
)

// lazily is an expression that is compiled when it is first needed: every Lambda links this package, and few ever match
// anything. Compiled at their start, the expressions took a third of what they spend before their first event.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
