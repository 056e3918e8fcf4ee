package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/eks"
	"ambient-ecs/sandbox/host"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// secrets are the settings that a real stack encrypts.
var secrets = map[string]string{"license": "sandbox-only-not-a-licence"}

// sealed are parts of settings that a real stack encrypts.
var sealed = []string{"meshCa.key", "ingress.key", "existingEks.kubeconfig"}

// opener is open with calls that are held, separated by commas.
func opener(held string) func(state string) ([]provider.Package, io.Closer, error) {
	if held == "" {
		return open
	}
	return func(state string) ([]provider.Package, io.Closer, error) {
		h, err := newHold(state, strings.Split(held, ","))
		if err != nil {
			return nil, nil, err
		}
		packages, w, err := open(state)
		for i, p := range packages {
			// eks makes components. What they hold is of the package aws.
			if _, components := p.(provider.Constructor); !components {
				packages[i] = heldPackage{p, h}
			}
		}
		return packages, w, err
	}
}

// open connects the packages and the controllers to one world.
func open(state string) ([]provider.Package, io.Closer, error) {
	w, err := world.Open(state)
	if err != nil {
		return nil, nil, err
	}
	w.Control(aws.Controllers(mesh.Readiness)...)
	w.Control(kubernetes.Controllers()...)
	return []provider.Package{aws.New(w), kubernetes.New(w), eks.New()}, w, nil
}

// defaults are settings that keep the program off the network. The Gateway API's definitions come with its Go module. The
// build compiles no package of that module, so the first command downloads it. Without Go the program's own default
// applies.
func defaults(tools string) map[string]string {
	cmd := exec.Command("go", "mod", "download", "-json", "sigs.k8s.io/gateway-api")
	cmd.Dir = filepath.Join(tools, "..", "sandbox")
	said, err := cmd.Output()
	var module struct{ Dir string }
	if err != nil || json.Unmarshal(said, &module) != nil || module.Dir == "" {
		return nil
	}
	return map[string]string{"ambient-ecs:gatewayApiSource": filepath.Join(module.Dir, "config", "crd", "standard")}
}

// plugins are the real ones: the project's own components, and the language of a stack in YAML.
func plugins(tools string) []host.Plugin {
	return []host.Plugin{
		{Kind: "resource", Name: "ambient-ecs", Version: "0.2.1", File: filepath.Join(tools, "pulumi-resource-ambient-ecs")},
		{Kind: "language", Name: "yaml", Version: "1.32.0", File: filepath.Join(tools, "pulumi-language-yaml")},
	}
}
