package host

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"gopkg.in/yaml.v3"
)

// DefaultPassphrase decrypts the secrets of the sandbox's stacks. All of them are made up, so it need not be secret.
const DefaultPassphrase = "sandbox"

func (s *session) passphrase() string { return cmp.Or(s.Passphrase, DefaultPassphrase) }

// vault encrypts values as the CLI's passphrase provider does. The key derivation is slow on purpose: it takes
// about as long as a whole command. So the vault remembers ciphertexts.
type vault struct {
	path       string
	salt       string
	passphrase string
	crypter    config.Crypter
	// sealed are ciphertexts by salt and plain text.
	sealed  map[string]map[string]string
	changed bool
}

func (s *session) openVault(salt string) (*vault, error) {
	v := &vault{path: filepath.Join(s.State, "config", "sealed.json"), salt: salt, passphrase: s.passphrase(), sealed: map[string]map[string]string{}}
	text, err := os.ReadFile(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &v.sealed); err != nil {
		return nil, fmt.Errorf("%s: %w", v.path, err)
	}
	return v, nil
}

func (v *vault) seal(plain string) (string, error) {
	if sealed, ok := v.sealed[v.salt][plain]; ok {
		return sealed, nil
	}
	if v.crypter == nil {
		// The salt is "v1:<base64>:<a sample that proves the passphrase>".
		parts := strings.SplitN(v.salt, ":", 3)
		if len(parts) != 3 || parts[0] != "v1" {
			return "", errors.New("the stack's encryption salt is of an unknown form")
		}
		salt, err := base64.StdEncoding.DecodeString(parts[1])
		if err != nil {
			return "", fmt.Errorf("the stack's encryption salt: %w", err)
		}
		v.crypter = config.NewSymmetricCrypterFromPassphrase(v.passphrase, salt)
	}
	sealed, err := v.crypter.EncryptValue(context.Background(), plain)
	if err != nil {
		return "", err
	}
	if v.sealed[v.salt] == nil {
		v.sealed[v.salt] = map[string]string{}
	}
	v.sealed[v.salt][plain] = sealed
	v.changed = true
	return sealed, nil
}

// secret is an encrypted value as a stack file has it.
func (v *vault) secret(plain string) (*yaml.Node, error) {
	sealed, err := v.seal(plain)
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{Kind: yaml.MappingNode}
	set(node, secure, scalar(sealed))
	return node, nil
}

func (v *vault) save() error {
	if !v.changed {
		return nil
	}
	text, err := json.Marshal(v.sealed)
	if err != nil {
		return err
	}
	return writeFile(v.path, text)
}
