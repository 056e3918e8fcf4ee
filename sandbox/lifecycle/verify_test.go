//go:build engine

package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
)

// verified asserts that the verifier finds the mesh as the stack's outputs promise it.
func (s *stack) verified() {
	s.t.Helper()
	if out, err := s.ambient("verify"); err != nil {
		s.t.Errorf("the verifier: %v\n%s", err, out)
	}
}

func (s *stack) write(file, text string) {
	s.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// ambient runs a command of the verifier on the stack's sandbox.
func (s *stack) ambient(args ...string) (string, error) {
	s.t.Helper()
	outputs := filepath.Join(s.t.TempDir(), "outputs.json")
	if s.outputs == "" {
		s.outputs = s.run("stack", "output", "--json", "--show-secrets")
	}
	s.write(outputs, s.outputs)
	binary, err := filepath.Abs(filepath.Join(root, "bin", "ambient"))
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := exec.Command(binary, append([]string{"--sandbox", s.state, "--outputs", outputs}, args...)...).CombinedOutput()
	return string(out), err
}
