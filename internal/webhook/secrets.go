package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// secretPrefix begins each secret, as Standard Webhooks asks.
const secretPrefix = "whsec_"

// What Standard Webhooks asks of a secret's length, in bytes.
const minSecret, maxSecret = 24, 64

// Errors of a secret that cannot sign. They never repeat it.
var (
	// ErrNoSecret means: the parameter is absent or empty.
	ErrNoSecret = errors.New("no secret: put one into the parameter, whsec_ and 24 to 64 random bytes in base64")
	// ErrSecret means: what is there is no secret of Standard Webhooks.
	ErrSecret = errors.New("the secret is not whsec_ and 24 to 64 bytes in base64")
)

// signers reads the secrets of a parameter. There may be several, with spaces between them, while a secret is replaced:
// each signs, and the receiver takes whichever it knows.
func signers(secrets string) ([]*standardwebhooks.Webhook, error) {
	all := make([]*standardwebhooks.Webhook, 0, 1)
	for secret := range strings.FieldsSeq(secrets) {
		encoded, prefixed := strings.CutPrefix(secret, secretPrefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !prefixed || len(key) < minSecret || len(key) > maxSecret {
			return nil, ErrSecret
		}
		signer, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return nil, ErrSecret
		}
		all = append(all, signer)
	}
	if len(all) == 0 {
		return nil, ErrNoSecret
	}
	return all, nil
}

// sign puts the id, the time and a signature by each secret on a request's headers.
func sign(header http.Header, secrets, id string, at time.Time, body []byte) error {
	by, err := signers(secrets)
	if err != nil {
		return err
	}
	signatures := make([]string, 0, len(by))
	for _, signer := range by {
		signature, err := signer.Sign(id, at, body)
		if err != nil {
			return fmt.Errorf("sign the event: %w", err)
		}
		signatures = append(signatures, signature)
	}
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}
