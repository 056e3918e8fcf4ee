// Package strength stands in for the password meter with which `pulumi config set` warns of secrets in plain text. The meter
// reads its dictionaries at every start of the CLI, which takes a quarter of a second. The sandbox changes no configuration.
package strength

// Strength is the strength of a password.
type Strength struct{ Entropy float64 }

// PasswordStrength rates every text as too weak to be a secret.
func PasswordStrength(string, []string) Strength { return Strength{} }
