package secret_test

import (
	"context"
	"encoding/base64"
	"errors"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/secret"
)

// keyStore is an SSM that starts empty.
type keyStore struct {
	mu     sync.Mutex
	value  *string
	reads  int
	puts   []*ssm.PutParameterInput
	faults map[string]error
	// before runs before a write, as someone else's write does.
	before func(*keyStore)
}

func (s *keyStore) GetParameter(
	_ context.Context, in *ssm.GetParameterInput, _ ...func(*ssm.Options),
) (*ssm.GetParameterOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	switch {
	case s.faults["get"] != nil:
		return nil, s.faults["get"]
	case s.value == nil:
		return nil, &types.ParameterNotFound{}
	case !aws.ToBool(in.WithDecryption):
		return nil, errors.New("not decrypted")
	}
	return &ssm.GetParameterOutput{Parameter: &types.Parameter{Value: s.value}}, nil
}

func (s *keyStore) PutParameter(
	_ context.Context, in *ssm.PutParameterInput, _ ...func(*ssm.Options),
) (*ssm.PutParameterOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before != nil {
		s.before(s)
	}
	s.puts = append(s.puts, in)
	switch {
	case s.faults["put"] != nil:
		return nil, s.faults["put"]
	case s.value != nil && !aws.ToBool(in.Overwrite):
		return nil, &types.ParameterAlreadyExists{}
	}
	s.value = in.Value
	return &ssm.PutParameterOutput{}, nil
}

func key(t *testing.T, k *secret.SessionKey, label string) []byte {
	t.Helper()
	got, err := k.Key(t.Context(), label)
	require.NoError(t, err)
	require.Len(t, got, 32)
	return got
}

func TestTheSessionKeyIsMadeAtFirstNeedAndReadOnceAfterwards(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	first := &secret.SessionKey{Client: store, Param: "/rez/session-key"}
	made := key(t, first, "cursor")
	require.Equal(t, made, key(t, first, "cursor"))
	require.Len(t, store.puts, 1)
	require.Equal(t, types.ParameterTypeSecureString, store.puts[0].Type)
	require.Equal(t, "/rez/session-key", aws.ToString(store.puts[0].Name))
	require.Equal(t, 1, store.reads)

	another := &secret.SessionKey{Client: store, Param: "/rez/session-key"}
	require.Equal(t, made, key(t, another, "cursor"), "another process has the same key")
	require.Len(t, store.puts, 1)
}

func TestEachUseHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	k := &secret.SessionKey{Client: store, Param: "p"}
	root, err := base64.StdEncoding.DecodeString(func() string { key(t, k, "cursor"); return aws.ToString(store.value) }())
	require.NoError(t, err)
	require.NotEqual(t, key(t, k, "cursor"), key(t, k, "sign-in"))
	require.NotEqual(t, root, key(t, k, "cursor"))
}

func TestWhoIsSlowerTakesTheOthersKey(t *testing.T) {
	t.Parallel()
	store := &keyStore{before: func(s *keyStore) {
		if s.value == nil {
			s.value = aws.String(base64.StdEncoding.EncodeToString(make([]byte, 32)))
		}
	}}
	mine := key(t, &secret.SessionKey{Client: store, Param: "p"}, "cursor")
	theirs := key(t, &secret.SessionKey{Client: store, Param: "p"}, "cursor")
	require.Equal(t, theirs, mine)
}

func TestAKeyThatCannotBeHadIsAnErrorThatNamesTheParameterOnly(t *testing.T) {
	t.Parallel()
	away := errors.New("SSM is away")
	for name, store := range map[string]*keyStore{
		"read fails":  {faults: map[string]error{"get": away}},
		"write fails": {faults: map[string]error{"put": away}},
		"not base64":  {value: aws.String("hunter2!")},
		"too short":   {value: aws.String(base64.StdEncoding.EncodeToString([]byte("hunter2")))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &secret.SessionKey{Client: store, Param: "/rez/session-key"}
			_, err := k.Key(t.Context(), "cursor")
			require.ErrorContains(t, err, "/rez/session-key")
			require.NotContains(t, err.Error(), "hunter2")
			if store.faults != nil {
				require.ErrorIs(t, err, away)
				store.faults = nil
				key(t, k, "cursor") // nothing wrong was kept
			}
		})
	}
}
