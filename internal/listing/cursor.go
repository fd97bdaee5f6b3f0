package listing

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrCursor means: the cursor was not given for this filter, or was changed since.
var ErrCursor = errors.New("the cursor is not one that a page of this very filter gave")

// seal makes a position a cursor: what it is, and a code that nobody can make who has not the key, over the position,
// the filter and the direction.
func (l *Lister) seal(ctx context.Context, f Filter, position string) (string, error) {
	code, err := l.code(ctx, f, position)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(code, position...)), nil
}

// open reads a cursor back: ErrCursor where seal would not have made it.
func (l *Lister) open(ctx context.Context, f Filter, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	// Two texts can decode to the same bytes; only one of them was given.
	if err != nil || len(sealed) <= sha256.Size || base64.RawURLEncoding.EncodeToString(sealed) != cursor {
		return "", ErrCursor
	}
	position := string(sealed[sha256.Size:])
	code, err := l.code(ctx, f, position)
	if err != nil {
		return "", err
	}
	if !hmac.Equal(code, sealed[:sha256.Size]) {
		return "", ErrCursor
	}
	return position, nil
}

// purpose keeps the codes apart from whatever else the key seals; it names the direction too.
const purpose = "rez_agent messages cursor, newest first, version 1"

func (l *Lister) code(ctx context.Context, f Filter, position string) ([]byte, error) {
	key, err := l.Key(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the key of cursors: %w", err)
	}
	if len(key) == 0 {
		return nil, errors.New("the key of cursors is empty")
	}
	bound, err := json.Marshal([]any{purpose, f.canonical(), position})
	if err != nil {
		return nil, fmt.Errorf("write the filter: %w", err)
	}
	code := hmac.New(sha256.New, key)
	code.Write(bound) // a hash never fails
	return code.Sum(nil), nil
}

// canonical is the filter with its times as the same instant is always written.
func (f Filter) canonical() Filter {
	for _, t := range []*time.Time{&f.After, &f.Before} {
		*t = t.UTC()
	}
	return f
}
