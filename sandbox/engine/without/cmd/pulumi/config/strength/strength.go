// Package strength stands in for the judge of passwords that lets `pulumi config set` warn of a secret in plain text. It reads
// its dictionaries at every start of the CLI, a quarter of a second. The sandbox changes no configuration.
package strength

// Strength is what a password is worth.
type Strength struct{ Entropy float64 }

// PasswordStrength takes nothing for a secret.
func PasswordStrength(string, []string) Strength { return Strength{} }
