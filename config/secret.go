package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// Secret is a value that must not be printed.
type Secret string

// String hides the value.
func (Secret) String() string { return "[secret]" }

// GoString hides the value.
func (Secret) GoString() string { return "[secret]" }

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// confidentialTag marks a key under which the program keeps secret what is encrypted in the stack file. What it makes of
// any other key is plain text in state and previews, and mostly readable in AWS or Kubernetes too.
const confidentialTag = "confidential"

// confidential are the keys with confidentialTag.
func confidential() []string {
	var keys []string
	for key, field := range fieldsOf(reflect.TypeFor[Config]()) {
		if field.Tag.Get(confidentialTag) == "true" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// secretKeys are those of our keys among the names of encrypted entries.
func secretKeys(names []string) map[string]bool {
	keys := map[string]bool{}
	for _, name := range names {
		if key, ours := strings.CutPrefix(name, Project+":"); ours {
			keys[key] = true
		}
	}
	return keys
}

// IsSecret reports whether the value of a key is encrypted in the stack file. Of an object it does not say
// which part: Pulumi tells no more.
func (c Config) IsSecret(key string) bool { return c.secret[key] }

// checkSecrets refuses encrypted values that would not stay secret. To write them out in the clear would break
// what encrypting them promised.
func (c Config) checkSecrets(p *problem.List) {
	kept := confidential()
	for _, key := range slices.Sorted(maps.Keys(c.secret)) {
		if !slices.Contains(kept, key) {
			p.Add(key, "is encrypted", "its value becomes part of resources where everybody can read it: set it without --secret; what stays secret is under %s", strings.Join(kept, ", "))
		}
	}
}

// holdsSecret reports whether a field is under an encrypted key, so that its value is not shown. A reason may still name
// a network or a key.
func (c Config) holdsSecret(field string) bool {
	key, _, _ := strings.Cut(field, ".")
	key, _, _ = strings.Cut(key, "[")
	return c.secret[key]
}
