package token_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/auth/token"
)

func TestKeysAreFetchedOnceForAllTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.pool.Sign(w.pool.AccessClaims(alice()))
	for range 10 {
		_, err := w.Verify(t.Context(), raw)
		require.NoError(t, err)
	}
	w.now = w.now.Add(10 * time.Minute)
	_, err := w.Verify(t.Context(), raw)
	require.NoError(t, err)
	require.EqualValues(t, 1, w.pool.KeyFetches.Load())
}

func TestUnknownKeysAreAskedForAtMostOnceInThirtySeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := w.pool.AccessClaims(alice())
	for range 20 {
		requireRefused(t, w, w.pool.ForgeUnknown(said), token.ReasonSignature)
		requireRefused(t, w, w.pool.Forge(said), token.ReasonSignature)
	}
	require.EqualValues(t, 1, w.pool.KeyFetches.Load())
	w.now = w.now.Add(30*time.Second - time.Nanosecond)
	requireRefused(t, w, w.pool.ForgeUnknown(said), token.ReasonSignature)
	require.EqualValues(t, 1, w.pool.KeyFetches.Load())
	w.now = w.now.Add(time.Nanosecond)
	requireRefused(t, w, w.pool.ForgeUnknown(said), token.ReasonSignature)
	requireRefused(t, w, w.pool.ForgeUnknown(said), token.ReasonSignature)
	require.EqualValues(t, 2, w.pool.KeyFetches.Load())
}

func TestAKeyThatThePoolTookUpIsFoundWithinThirtySeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := w.pool.AccessClaims(alice())
	_, err := w.Verify(t.Context(), w.pool.Sign(said))
	require.NoError(t, err)
	w.pool.Rotate()
	requireRefused(t, w, w.pool.SignNext(said), token.ReasonSignature)
	w.now = w.now.Add(30 * time.Second)
	for _, raw := range []string{w.pool.SignNext(said), w.pool.Sign(said)} {
		_, err = w.Verify(t.Context(), raw)
		require.NoError(t, err)
	}
}

func TestManyAtOnceFetchTheKeysOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.pool.Sign(w.pool.AccessClaims(alice()))
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.Verify(t.Context(), raw) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, w.pool.KeyFetches.Load())
}

// Nobody is let in without keys, the log can tell it from a bad token, and the pool is asked again soon.
func TestWhileThePoolIsAwayNobodyIsLetInAndSoonAfterEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.pool.Sign(w.pool.AccessClaims(alice()))
	w.pool.Fail(http.StatusServiceUnavailable)
	requireRefused(t, w, raw, token.ReasonKeys)
	w.pool.Fail(0)
	requireRefused(t, w, raw, token.ReasonKeys)
	w.now = w.now.Add(time.Second)
	_, err := w.Verify(t.Context(), raw)
	require.NoError(t, err)
}

func TestKnownKeysServeWhileThePoolIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := w.pool.AccessClaims(alice())
	_, err := w.Verify(t.Context(), w.pool.Sign(said))
	require.NoError(t, err)
	w.pool.Fail(http.StatusServiceUnavailable)
	w.now = w.now.Add(31 * time.Second)
	requireRefused(t, w, w.pool.ForgeUnknown(said), token.ReasonKeys)
	_, err = w.Verify(t.Context(), w.pool.Sign(said))
	require.NoError(t, err)
}

func TestAnAnswerThatIsNoKeySetIsToldByTheCause(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte("<html>sign in</html>"))
	}))
	t.Cleanup(page.Close)
	w.Keys = token.NewKeys(page.URL, nil, w.clock.Now)
	_, err := w.Verify(t.Context(), w.pool.Sign(w.pool.AccessClaims(alice())))
	var refusal *token.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, token.ReasonKeys, refusal.Reason)
	require.ErrorContains(t, refusal.Cause, "not JSON")
	require.NotContains(t, refusal.Cause.Error(), "sign in")
}
