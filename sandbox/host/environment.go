package host

import "strings"

// inherited is the user's environment without the variables that would lead out of the sandbox or into another
// stack: Pulumi's own settings and cloud credentials.
func inherited(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case strings.HasPrefix(name, "PULUMI_"), strings.HasPrefix(name, "AWS_"), name == "KUBECONFIG":
		default:
			kept = append(kept, variable)
		}
	}
	return kept
}
