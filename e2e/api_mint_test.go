package e2e_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/stack"
)

type claims map[string]any

// mint makes access tokens with the pool's own key, which the emulator keeps in a file: what is refused of them is
// refused for the one claim that differs from a good token.
type mint struct {
	*scenario

	key    *rsa.PrivateKey
	header claims
	good   claims
}

func (s *scenario) mint(role string) mint {
	s.Helper()
	root, err := filepath.Abs("..")
	require.NoError(s, err)
	text, err := os.ReadFile(filepath.Join(stack.Dir(root, deployed.Name), "tmp", "state", "cognito-pool-keys", deployed.UserPoolID+"-access.pem"))
	require.NoError(s, err)
	block, _ := pem.Decode(text)
	require.NotNil(s, block)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(s, err)
	m := mint{scenario: s, key: key.(*rsa.PrivateKey)}
	m.header, m.good, _ = s.parts(s.token(role))
	return m
}

// parts of a token, the last one as it is written.
func (s *scenario) parts(token string) (header, said claims, signature string) {
	s.Helper()
	all := strings.Split(token, ".")
	require.Len(s, all, 3)
	for i, into := range []*claims{&header, &said} {
		text, err := base64.RawURLEncoding.DecodeString(all[i])
		require.NoError(s, err)
		require.NoError(s, json.Unmarshal(text, into))
	}
	return header, said, all[2]
}

// with is a good token's claims but for one; nil leaves it out.
func (m mint) with(name string, value any) claims {
	other := maps.Clone(m.good)
	other[name] = value
	if value == nil {
		delete(other, name)
	}
	return other
}

func (m mint) algorithm(name string) claims {
	other := maps.Clone(m.header)
	other["alg"] = name
	return other
}

func (m mint) unsigned(header, said claims) string {
	m.Helper()
	var written []string
	for _, part := range []claims{header, said} {
		text, err := json.Marshal(part)
		require.NoError(m, err)
		written = append(written, base64.RawURLEncoding.EncodeToString(text))
	}
	return strings.Join(written, ".")
}

func (m mint) sign(said claims) string { m.Helper(); return m.signBy(m.key, said) }

func (m mint) signBy(key *rsa.PrivateKey, said claims) string {
	m.Helper()
	text := m.unsigned(m.header, said)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	require.NoError(m, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signHMAC signs with the public key as the secret, as libraries verified that believed the header's algorithm.
func (m mint) signHMAC(said claims) string {
	m.Helper()
	public, err := x509.MarshalPKIXPublicKey(m.key.Public())
	require.NoError(m, err)
	text := m.unsigned(m.algorithm("HS256"), said)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (m mint) stranger() *rsa.PrivateKey {
	m.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(m, err)
	return key
}
