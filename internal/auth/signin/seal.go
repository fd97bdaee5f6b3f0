package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rezagent/rez_agent/internal/auth"
)

// loginFor is how long a person may take on the sign-in page.
const loginFor = 10 * time.Minute

// attempt is a sign-in that has begun. It lives in the browser's cookie, sealed, so that nothing is kept here.
type attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Redirect string `json:"redirect"`
	// Ends is the last second in which it may be used.
	Ends int64 `json:"ends"`
}

var errSeal = errors.New("the login cookie is not one of ours")

// seal encrypts an attempt. The cookie's name is part of the seal, so that no other sealed thing passes for one.
func seal(key []byte, a attempt) (string, error) {
	aead, err := sealing(key)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("encode the login state: %w", err)
	}
	sealed := aead.Seal(nil, nil, text, []byte(auth.LoginCookie)) //nolint:gosec // it makes its nonce itself
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// unseal is the opposite; what was not sealed with this key is errSeal.
func unseal(key []byte, sealed string) (attempt, error) {
	aead, err := sealing(key)
	if err != nil {
		return attempt{}, err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return attempt{}, errSeal
	}
	text, err := aead.Open(nil, nil, raw, []byte(auth.LoginCookie))
	if err != nil {
		return attempt{}, errSeal
	}
	var a attempt
	if err := json.Unmarshal(text, &a); err != nil {
		return attempt{}, errSeal
	}
	return a, nil
}

func sealing(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal the login state: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("seal the login state: %w", err)
	}
	return aead, nil
}
