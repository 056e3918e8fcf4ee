package host

import (
	"cmp"
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"gopkg.in/yaml.v3"

	"ambient-ecs/sandbox/memo"
)

// DefaultPassphrase decrypts the secrets of the sandbox's stacks. All of them are made up, so it need not be secret.
const DefaultPassphrase = "sandbox"

// knownKeys tells the sandbox's CLI keys that are derived already, as "salt:key" in base64, separated by spaces
// (engine/without/secrets/passphrase). A CLI without that derives them itself.
const knownKeys = "SANDBOX_KNOWN_KEYS"

func (s *session) passphrase() string { return cmp.Or(s.Passphrase, DefaultPassphrase) }

// sealer encrypts a value as the CLI's passphrase provider does, in the form that a stack file has it.
type sealer func(plain string) (*yaml.Node, error)

// sealer encrypts for the stack with a salt. A stack file without secrets needs no key.
func (s *session) sealer(salt string) sealer {
	derived := sync.OnceValues(func() ([]byte, error) { return s.key(salt) })
	return func(plain string) (*yaml.Node, error) {
		key, err := derived()
		if err != nil {
			return nil, err
		}
		sealed, err := config.NewSymmetricCrypter(key).EncryptValue(context.Background(), plain)
		if err != nil {
			return nil, err
		}
		node := &yaml.Node{Kind: yaml.MappingNode}
		set(node, secure, scalar(sealed))
		return node, nil
	}
}

// key derives the key that the passphrase and a stack's salt make, as config.NewSymmetricCrypterFromPassphrase does (pulumi/sdk
// v3.250.0). That is slow on purpose, 0.2 CPU s and more at every command, so it is remembered.
func (s *session) key(salt string) ([]byte, error) {
	// The salt is "v1:<base64>:<a sample that proves the passphrase>".
	parts := strings.SplitN(salt, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return nil, errors.New("the stack's encryption salt is of an unknown form")
	}
	bytes, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("the stack's encryption salt: %w", err)
	}
	subject := sha256.Sum256([]byte("key\x00" + s.passphrase() + "\x00" + parts[1]))
	return memo.Of(subject, func() ([]byte, error) {
		return pbkdf2.Key(sha256.New, s.passphrase(), bytes, 1_000_000, config.SymmetricCrypterKeyBytes)
	})
}

// knownKeys are the keys of the stacks that the sandbox has made.
func (s *session) knownKeys() string {
	var known []string
	files, _ := filepath.Glob(filepath.Join(s.State, "projects", "*", "Pulumi.*.yaml"))
	for _, file := range files {
		salt, err := saltOf(file)
		if err != nil {
			continue // whoever needs this stack says so
		}
		if key, err := s.key(salt); err == nil {
			known = append(known, strings.Split(salt, ":")[1]+":"+base64.StdEncoding.EncodeToString(key))
		}
	}
	return strings.Join(known, " ")
}

// saltOf is the salt of a stack's secrets, from the file that the CLI wrote when it made the stack.
func saltOf(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var settings struct {
		Salt string `yaml:"encryptionsalt"`
	}
	if err := yaml.Unmarshal(text, &settings); err != nil {
		return "", err
	}
	if settings.Salt == "" {
		return "", errors.New("no encryptionsalt")
	}
	return settings.Salt, nil
}
