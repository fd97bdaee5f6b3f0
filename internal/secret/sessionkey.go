package secret

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// keySize is the length of the session key and of every key derived from it, in bytes: AES-256's.
const keySize = 32

// KeyParameters is the part of SSM that keeps a key.
type KeyParameters interface {
	Parameters
	PutParameter(ctx context.Context, in *ssm.PutParameterInput, opts ...func(*ssm.Options)) (*ssm.PutParameterOutput, error)
}

// SessionKey is the stage's own key in an SSM SecureString. CloudFormation cannot make one, so whoever needs it first
// does; it is never changed by us, and read once per process.
type SessionKey struct {
	Client KeyParameters
	// Param is the parameter's name.
	Param string
	// KMSKey encrypts the parameter; empty is AWS's own key.
	KMSKey string

	mu  sync.Mutex
	key []byte
}

// Key is a key of 32 bytes for one use, which the label names: keys of different labels say nothing of each other.
func (k *SessionKey) Key(ctx context.Context, label string) ([]byte, error) {
	root, err := k.root(ctx)
	if err != nil {
		return nil, err
	}
	derived, err := hkdf.Key(sha256.New, root, nil, label, keySize)
	if err != nil {
		return nil, fmt.Errorf("derive a key from parameter %s: %w", k.Param, err)
	}
	return derived, nil
}

func (k *SessionKey) root(ctx context.Context) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		return k.key, nil
	}
	text, err := k.readOrMake(ctx)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("parameter %s does not hold a key: allowed are %d bytes in base64", k.Param, keySize)
	}
	k.key = key
	return key, nil
}

func (k *SessionKey) readOrMake(ctx context.Context) (string, error) {
	text, err := k.read(ctx)
	if _, absent := errors.AsType[*types.ParameterNotFound](err); !absent {
		return text, err
	}
	text, err = k.make(ctx)
	if _, exists := errors.AsType[*types.ParameterAlreadyExists](err); exists { // someone else was faster, and theirs is the key
		return k.read(ctx)
	}
	return text, err
}

func (k *SessionKey) read(ctx context.Context) (string, error) {
	out, err := k.Client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(k.Param), WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", fmt.Errorf("read parameter %s: %w", k.Param, err)
	}
	return aws.ToString(out.Parameter.Value), nil
}

func (k *SessionKey) make(ctx context.Context) (string, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("make a session key: %w", err)
	}
	text := base64.StdEncoding.EncodeToString(key)
	in := &ssm.PutParameterInput{
		Name: aws.String(k.Param), Value: aws.String(text), Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(false),
		Description: aws.String("Seals the cursors and sign-in cookies of rez_agent. Delete it to make a new one."),
	}
	if k.KMSKey != "" {
		in.KeyId = aws.String(k.KMSKey)
	}
	if _, err := k.Client.PutParameter(ctx, in); err != nil {
		return "", fmt.Errorf("write parameter %s: %w", k.Param, err)
	}
	return text, nil
}
