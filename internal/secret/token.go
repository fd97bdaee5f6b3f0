// Package secret reads secrets from SSM SecureStrings: the ntfy token, and the session key, which it also makes.
package secret

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Parameters is the part of SSM that is needed.
type Parameters interface {
	GetParameter(ctx context.Context, in *ssm.GetParameterInput, opts ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Token is a secret that is kept for a bounded time, so that a new value is taken up without a deploy.
type Token struct {
	Parameters Parameters
	// Name of the parameter; empty means that there is no token.
	Name string
	// MaxAge is how long a value that was read is used.
	MaxAge time.Duration
	// Timeout bounds one read: whoever waits for it has other things to do in its time. Zero means that the caller's does.
	Timeout time.Duration
	Now     func() time.Time

	mu     sync.Mutex
	value  string
	readAt time.Time
}

// Token is the secret, at most MaxAge old; a parameter that does not exist means none. When SSM fails, a value that is
// too old is better than none; without one, that is an error.
func (t *Token) Token(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := !t.readAt.IsZero()
	if t.Name == "" || (known && t.Now().Sub(t.readAt) < t.MaxAge) {
		return t.value, nil
	}
	if err := t.read(ctx); err != nil && !known {
		return "", err
	}
	return t.value, nil
}

// Refresh reads the secret again.
func (t *Token) Refresh(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Name == "" {
		return "", nil
	}
	err := t.read(ctx)
	return t.value, err
}

func (t *Token) read(ctx context.Context) error {
	if t.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.Timeout)
		defer cancel()
	}
	out, err := t.Parameters.GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(t.Name), WithDecryption: aws.Bool(true),
	})
	var absent *types.ParameterNotFound
	switch {
	case errors.As(err, &absent):
		t.value = ""
	case err != nil:
		return fmt.Errorf("read parameter %s: %w", t.Name, err)
	default:
		t.value = aws.ToString(out.Parameter.Value)
	}
	t.readAt = t.Now()
	return nil
}
