package lambdas

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheTraceIsTheHeadersRootWhereItIsSampled(t *testing.T) {
	t.Parallel()
	const root = "1-67458a3c-2f1e0a6d5b7c8d9e0f1a2b3c"
	for _, c := range []struct{ header, want string }{
		{"Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0", root},
		{"Sampled=1;Root=" + root, root},
		{"Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=0", ""},
		{"Root=" + root, ""},
		{"nonsense", ""},
		{"", ""},
	} {
		t.Run(c.header, func(t *testing.T) {
			t.Parallel()
			ctx := context.WithValue(t.Context(), traceHeader, c.header) //nolint:staticcheck // the runtime's own key
			require.Equal(t, c.want, TraceID(ctx))
		})
	}
	require.Empty(t, TraceID(t.Context()))
}
