package tests

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestEveryOutputIsDocumentedInOneLine(t *testing.T) {
	reference, err := os.ReadFile("../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(reference), "## Outputs")
	if !ok {
		t.Fatal("docs/reference.md has no section on outputs")
	}
	r := succeed(t, Record(t, "dev", nil))
	if len(r.Outputs) == 0 {
		t.Fatal("no outputs")
	}
	for name := range r.Outputs {
		if strings.Count(section, "| `"+name+"` |") != 1 {
			t.Errorf("output %s needs one line in docs/reference.md", name)
		}
	}
}

func TestTheKubeconfigIsASecretOutput(t *testing.T) {
	r := succeed(t, Record(t, "dev", nil))
	if !slices.Contains(r.SecretOutputs, "kubeconfig") {
		t.Errorf("secret outputs are %v", r.SecretOutputs)
	}
}
