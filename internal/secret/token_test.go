package secret_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/internal/secret"
)

// parameters is an SSM with one parameter.
type parameters struct {
	value string
	err   error
	reads int
	now   time.Time
}

func (p *parameters) GetParameter(
	_ context.Context, in *ssm.GetParameterInput, _ ...func(*ssm.Options),
) (*ssm.GetParameterOutput, error) {
	p.reads++
	if p.err != nil {
		return nil, p.err
	}
	if aws.ToString(in.Name) != "/rez/token" || !aws.ToBool(in.WithDecryption) {
		return nil, errors.New("wrong parameter")
	}
	return &ssm.GetParameterOutput{Parameter: &types.Parameter{Value: aws.String(p.value)}}, nil
}

func newToken() (*secret.Token, *parameters) {
	p := &parameters{value: "tk_1", now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
	return &secret.Token{Parameters: p, Name: "/rez/token", MaxAge: 5 * time.Minute, Now: func() time.Time { return p.now }}, p
}

func read(t *testing.T, token *secret.Token) string {
	t.Helper()
	value, err := token.Token(t.Context())
	require.NoError(t, err)
	return value
}

func TestATokenIsReadOnceInFiveMinutes(t *testing.T) {
	t.Parallel()
	token, p := newToken()
	require.Equal(t, "tk_1", read(t, token))
	p.value = "tk_2"
	p.now = p.now.Add(5*time.Minute - time.Second)
	require.Equal(t, "tk_1", read(t, token))
	require.Equal(t, 1, p.reads)
	p.now = p.now.Add(time.Second)
	require.Equal(t, "tk_2", read(t, token))
}

func TestARefreshReadsAtOnce(t *testing.T) {
	t.Parallel()
	token, p := newToken()
	read(t, token)
	p.value = "tk_2"
	fresh, err := token.Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, "tk_2", fresh)
	require.Equal(t, "tk_2", read(t, token))
	require.Equal(t, 2, p.reads)
}

func TestWithoutANameThereIsNoTokenAndNoRead(t *testing.T) {
	t.Parallel()
	token, p := newToken()
	token.Name = ""
	require.Empty(t, read(t, token))
	fresh, err := token.Refresh(t.Context())
	require.NoError(t, err)
	require.Empty(t, fresh)
	require.Zero(t, p.reads)
}

func TestAParameterThatDoesNotExistMeansNoneAndIsNotAskedForEachTime(t *testing.T) {
	t.Parallel()
	token, p := newToken()
	p.err = &types.ParameterNotFound{}
	require.Empty(t, read(t, token))
	require.Empty(t, read(t, token))
	require.Equal(t, 1, p.reads)
	p.err = nil
	p.now = p.now.Add(5 * time.Minute)
	require.Equal(t, "tk_1", read(t, token), "it was put meanwhile")
}

func TestWhileSSMFailsAnOldTokenServes(t *testing.T) {
	t.Parallel()
	token, p := newToken()
	read(t, token)
	p.err = errors.New("SSM is away")
	p.now = p.now.Add(time.Hour)
	require.Equal(t, "tk_1", read(t, token))
	_, err := token.Refresh(t.Context())
	require.ErrorIs(t, err, p.err)
	require.Equal(t, "tk_1", read(t, token))
}

func TestWithoutAnyTokenSSMsFailureIsAnErrorThatNamesTheParameter(t *testing.T) {
	t.Parallel()
	token, p := newToken()
	p.err = errors.New("SSM is away")
	_, err := token.Token(t.Context())
	require.ErrorIs(t, err, p.err)
	require.ErrorContains(t, err, "/rez/token")
	p.err = nil
	require.Equal(t, "tk_1", read(t, token))
}

// hanging is an SSM that answers nobody.
type hanging struct{}

func (hanging) GetParameter(ctx context.Context, _ *ssm.GetParameterInput, _ ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func TestAReadThatHangsEndsWithinItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		token, _ := newToken()
		known := read(t, token)
		token.Parameters, token.Timeout, token.MaxAge = hanging{}, 1250*time.Millisecond, 0
		began := time.Now()
		require.Equal(t, known, read(t, token), "an old token serves")
		require.Equal(t, token.Timeout, time.Since(began))
		_, err := token.Refresh(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2*token.Timeout, time.Since(began))
		none := &secret.Token{Parameters: hanging{}, Name: "/rez/token", Timeout: token.Timeout, Now: time.Now}
		_, err = none.Token(t.Context())
		require.ErrorContains(t, err, "/rez/token")
		require.Equal(t, 3*token.Timeout, time.Since(began))
		require.NoError(t, t.Context().Err(), "there is time left to say so")
	})
}
