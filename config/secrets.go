package config

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// confidential are the keys under which the program keeps secret what is encrypted in the stack file. What it
// makes of any other key is plain text in state and previews, and mostly readable in AWS or Kubernetes too.
var confidential = []string{"license", "chartUsername", "chartPassword", "accounts", "clusters", "pilotEnv", "meshCa"}

// sealed is the state of an encrypted value that must not be.
const sealed = "is encrypted"

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
	for _, key := range slices.Sorted(maps.Keys(c.secret)) {
		if !slices.Contains(confidential, key) {
			p.Add(key, sealed, "its value becomes part of resources where everybody can read it: set it without --secret; what stays secret is under %s", strings.Join(confidential, ", "))
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
