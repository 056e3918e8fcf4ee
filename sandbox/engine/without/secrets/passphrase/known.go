// Package passphrase spares the sandbox's CLI the derivation of keys that the sandbox has derived already.
package passphrase

import (
	"encoding/base64"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// newCrypter is config.NewSymmetricCrypterFromPassphrase for a salt whose key the sandbox did not pass in SANDBOX_KNOWN_KEYS. A million
// rounds make guessing slow, and every command too. Whether the key is the passphrase's, the caller finds out.
func newCrypter(phrase string, salt []byte) config.Crypter {
	for known := range strings.FieldsSeq(os.Getenv("SANDBOX_KNOWN_KEYS")) {
		of, text, _ := strings.Cut(known, ":")
		if of != base64.StdEncoding.EncodeToString(salt) {
			continue
		}
		if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == config.SymmetricCrypterKeyBytes {
			return config.NewSymmetricCrypter(key)
		}
	}
	return config.NewSymmetricCrypterFromPassphrase(phrase, salt)
}
