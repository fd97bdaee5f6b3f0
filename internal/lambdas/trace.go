package lambdas

import (
	"context"
	"strings"
)

// traceHeader is the key under which the Lambda runtime keeps an invocation's trace header in its context.
const traceHeader = "x-amzn-trace-id"

// TraceID is the X-Ray trace to which an invocation belongs; empty where it has none, or one that is not sampled, of
// which X-Ray knows nothing.
func TraceID(ctx context.Context) string {
	header, _ := ctx.Value(traceHeader).(string)
	root, sampled := "", false
	for part := range strings.SplitSeq(header, ";") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "Root":
			root = value
		case "Sampled":
			sampled = value == "1"
		}
	}
	if !sampled {
		return ""
	}
	return root
}
