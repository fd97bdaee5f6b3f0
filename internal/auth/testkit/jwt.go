package testkit

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
	"math/big"
	"sync"
)

// Claims are what a token says.
type Claims map[string]any

// newKey makes a key pair once for all tests of a process: it is slow.
func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

//nolint:gochecknoglobals // made once, never changed
var (
	poolKey     = sync.OnceValue(newKey)
	nextKey     = sync.OnceValue(newKey)
	strangerKey = sync.OnceValue(newKey)
)

// unsigned is a token's first two parts.
func unsigned(header, claims map[string]any) string {
	return part(header) + "." + part(claims)
}

func part(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return encode(text)
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// rs256 signs as Cognito does.
func rs256(key *rsa.PrivateKey, keyID string, claims Claims) string {
	text := unsigned(map[string]any{"alg": "RS256", "kid": keyID}, claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + encode(signature)
}

// Sign makes a token of the pool's, whatever it says.
func (c *Cognito) Sign(claims Claims) string { return rs256(poolKey(), keyID, claims) }

// SignNext makes a token with the key that the pool has after Rotate.
func (c *Cognito) SignNext(claims Claims) string { return rs256(nextKey(), nextKeyID, claims) }

// Forge makes a token that names the pool's key and is signed by a stranger's.
func (c *Cognito) Forge(claims Claims) string { return rs256(strangerKey(), keyID, claims) }

// ForgeUnknown makes a token that names a key that nobody has.
func (c *Cognito) ForgeUnknown(claims Claims) string { return rs256(strangerKey(), "unknown", claims) }

// ForgeNone makes a token that says that it needs no signature.
func (c *Cognito) ForgeNone(claims Claims) string {
	return unsigned(map[string]any{"alg": "none", "kid": keyID}, claims) + "."
}

// ForgeHMAC makes a token signed by HS256 with the pool's public key as the secret, as PEM.
func (c *Cognito) ForgeHMAC(claims Claims) string {
	public, err := x509.MarshalPKIXPublicKey(poolKey().Public())
	if err != nil {
		panic(err)
	}
	text := unsigned(map[string]any{"alg": "HS256", "kid": keyID}, claims)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

// jwk is a public key as the key endpoint shows it.
func jwk(id string, key *rsa.PrivateKey) map[string]string {
	return map[string]string{
		"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig",
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}
}
