package listing_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/listing"
	"github.com/rezagent/rez_agent/internal/message"
	"github.com/rezagent/rez_agent/internal/store/memory"
)

func cursorOf(t *testing.T, l *listing.Lister, f listing.Filter) string {
	t.Helper()
	page, err := l.List(t.Context(), f, "", 2)
	require.NoError(t, err)
	require.NotEmpty(t, page.Next)
	return page.Next
}

func TestACursorThatWasChangedByOneBitIsRefused(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	fill(t, store, 5, nil)
	l := newLister(store)
	cursor := cursorOf(t, l, listing.Filter{})
	refused := func(changed string) {
		_, err := l.List(t.Context(), listing.Filter{}, changed, 2)
		require.ErrorIs(t, err, listing.ErrCursor, changed)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	require.NoError(t, err)
	for i := range len(sealed) * 8 {
		changed := append([]byte{}, sealed...)
		changed[i/8] ^= 1 << (i % 8)
		refused(base64.RawURLEncoding.EncodeToString(changed))
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for last := range strings.SplitSeq(alphabet, "") { // also the bits that the encoding does not use
		if changed := cursor[:len(cursor)-1] + last; changed != cursor {
			refused(changed)
		}
	}
	for _, changed := range []string{cursor + "=", cursor + "\n", "\r" + cursor, cursor[1:], cursor + "A", "x", " ", "../..", cursor[:43]} {
		refused(changed)
	}
}

func TestACursorOfAnotherFilterIsRefused(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	fill(t, store, 5, nil)
	l := newLister(store)
	asked := listing.Filter{Status: message.StatusCreated, After: noon(), Before: noon().Add(time.Hour)}
	cursor := cursorOf(t, l, asked)
	for name, change := range map[string]func(*listing.Filter){
		"status":  func(f *listing.Filter) { f.Status = message.StatusProcessing },
		"stage":   func(f *listing.Filter) { f.Stage = "test" },
		"type":    func(f *listing.Filter) { f.Type = "notification" },
		"creator": func(f *listing.Filter) { f.CreatedBy = "user:ann" },
		"after":   func(f *listing.Filter) { f.After = f.After.Add(1) },
		"before":  func(f *listing.Filter) { f.Before = time.Time{} },
	} {
		other := asked
		change(&other)
		_, err := l.List(t.Context(), other, cursor, 2)
		require.ErrorIs(t, err, listing.ErrCursor, name)
	}
	same := asked
	same.After = same.After.In(time.FixedZone("CET", 3600))
	_, err := l.List(t.Context(), same, cursor, 2)
	require.NoError(t, err, "the same instant, written otherwise")
}

func TestACursorOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	fill(t, store, 5, nil)
	l := newLister(store)
	cursor := cursorOf(t, l, listing.Filter{})
	l.Key = func(context.Context) ([]byte, error) { return []byte("another key"), nil }
	_, err := l.List(t.Context(), listing.Filter{}, cursor, 2)
	require.ErrorIs(t, err, listing.ErrCursor)
}

func TestWithoutAKeyNothingIsSealed(t *testing.T) {
	t.Parallel()
	store := memory.NewMessages()
	fill(t, store, 5, nil)
	l := newLister(store)
	cursor, away := cursorOf(t, l, listing.Filter{}), errors.New("SSM is away")
	for name, keyOf := range map[string]func(context.Context) ([]byte, error){
		"an empty one":         func(context.Context) ([]byte, error) { return nil, nil },
		"one that cannot come": func(context.Context) ([]byte, error) { return nil, away },
	} {
		l.Key = keyOf
		for _, from := range []string{"", cursor} {
			_, err := l.List(t.Context(), listing.Filter{}, from, 2)
			require.Error(t, err, name)
			require.NotErrorIs(t, err, listing.ErrCursor, name)
		}
	}
	_, err := l.List(t.Context(), listing.Filter{}, "", 5)
	require.NoError(t, err, "a page that is the last needs none")
}
