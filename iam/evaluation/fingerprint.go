package evaluation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// fingerprintBytes are enough to tell the policies of a stack apart.
const fingerprintBytes = 16

// Fingerprint tells documents apart. It is the same for documents that differ only in white space and in the order of their keys, and
// empty for the empty text.
func Fingerprint(text string) string {
	if text == "" {
		return ""
	}
	var document any
	if err := json.Unmarshal([]byte(text), &document); err == nil {
		if data, err := json.Marshal(document); err == nil {
			text = string(data)
		}
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:fingerprintBytes])
}
