package config

import (
	"maps"
	"slices"
	"strings"
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
func (c Config) checkSecrets(p *problems) {
	for _, key := range slices.Sorted(maps.Keys(c.secret)) {
		if !slices.Contains(confidential, key) {
			p.list = append(p.list, problem{field: key, state: sealed,
				reason: "its value becomes part of resources where everybody can read it: set it without --secret; what stays secret is under " + strings.Join(confidential, ", ")})
		}
	}
}

// hide takes the values out of problems with encrypted keys. A reason may still name a network or a key.
func (p *problems) hide(secret map[string]bool) {
	for i, one := range p.list {
		key, _, _ := strings.Cut(one.field, ".")
		key, _, _ = strings.Cut(key, "[")
		if secret[key] && strings.HasPrefix(one.state, "= ") {
			p.list[i].state = "= " + Secret("").String()
		}
	}
}
