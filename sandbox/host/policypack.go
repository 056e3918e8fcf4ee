package host

import (
	"fmt"
	"os"
	"path/filepath"
)

// runsPacks is the plugin that the engine starts for a policy pack of the runtime go: pulumi-analyzer-policy-go ENGINE . -binary=PATH,
// in the pack's folder (sdk v3.250.0, plugin.NewPolicyAnalyzer). The official CLI has a language host, which builds the pack. Here
// the pack is built already.
const runsPacks = `#!/bin/sh
for argument; do
	case $argument in -binary=*) exec "${argument#-binary=}" "$1" ;; esac
done
echo "PulumiPolicy.yaml names no runtime.options.binary: the sandbox runs a prebuilt policy pack only" >&2
exit 1
`

// policyPacks lays out the plugin that runs policy packs.
func (s *session) policyPacks() error {
	folder := filepath.Join(s.pulumiHome(), "plugins", "analyzer-policy-go-v1.0.0")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("prepare the sandbox's plugins: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "pulumi-analyzer-policy-go"), []byte(runsPacks), 0o755); err != nil {
		return fmt.Errorf("prepare the sandbox's plugins: %w", err)
	}
	return nil
}
