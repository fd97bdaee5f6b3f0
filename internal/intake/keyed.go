package intake

import "github.com/google/uuid"

// keyNamespace keeps the ids of messages that were created with a key of the caller's apart from all others; it never
// changes, or a repeat would make another message.
var keyNamespace = uuid.MustParse("c3a8d1de-7c0e-4d0a-9a53-5b1f0d6e2f84") //nolint:gochecknoglobals // a constant

// KeyedID is the id of the message that a caller creates under a key of its own: the same caller with the same key means
// the same message, and no other caller's key can be its.
func KeyedID(caller, key string) string {
	return uuid.NewSHA1(keyNamespace, []byte(caller+"\x00"+key)).String()
}
