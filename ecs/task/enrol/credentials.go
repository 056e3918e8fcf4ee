package enrol

import (
	"fmt"
	"regexp"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/problem"
)

var (
	// confidentialName ends the names of variables that hold what should be secret.
	confidentialName = regexp.MustCompile(`(?i)(^|_|-|\.)(password|passwd|pwd|passphrase|secret|token|api_?key|access_?key|private_?key|secret_?key|credentials?)$`)
	// reference is a value that says where something is, or whether, and not what it is.
	reference = regexp.MustCompile(`^(?:|/.*|arn:.*|https?://[^@]*|true|false|\d{1,5}|\$\{.*\})$`)
	// confidentialValue is what gives itself away: keys of AWS, GitHub, Slack and Stripe, private keys, JSON Web Tokens, and
	// URLs with a password.
	confidentialValue = regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{36}|\bxox[abprs]-|\bsk_live_|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|^[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@`)
)

// LooksConfidential reports whether a variable looks like one whose value should be secret.
func LooksConfidential(name, value string) bool {
	return confidentialValue.MatchString(value) || confidentialName.MatchString(name) && !reference.MatchString(value)
}

// Credentials refuses variables that look like credentials. Everybody who may describe a task definition can read them, and
// so can everybody who reads the file.
func Credentials(d *definition.Definition) error {
	var found problem.List
	for i, c := range d.ContainerDefinitions {
		if definition.Text(c.Name) == ZtunnelName {
			continue
		}
		for j, v := range c.Environment {
			if LooksConfidential(definition.Text(v.Name), definition.Text(v.Value)) {
				found.Add(fmt.Sprintf("containerDefinitions[%d].environment[%d]", i, j), "",
					"%s looks like a credential, and whoever reads the definition reads it: keep it in Secrets Manager or in Systems Manager, and name it in secrets", definition.Text(v.Name))
			}
		}
	}
	return found.Err()
}
