//go:build typescript

package typescript

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"

	"ambient-ecs/plugin/sdks"
)

// installed is the folder of what plugin/typescript/install installs.
const installed = "../../.sandbox/typescript/node_modules"

// project is a folder with the example and the SDK, both as a team has them after `pulumi package add`.
func project(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	copied := func(from, to string) {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"index.ts", "tsconfig.json", "cart.json"} {
		copied(filepath.Join("../../examples/team-ts", name), filepath.Join(folder, name))
	}
	pkg, err := sdks.Read("../schema.json", "ambient-ecs")
	if err != nil {
		t.Fatal(err)
	}
	files, err := nodejs.GeneratePackage("pulumi", pkg, nil, nil, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := filepath.Abs(installed)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(folder, "node_modules", ".bin"), os.DirFS(filepath.Join(modules, ".bin"))); err != nil {
		t.Fatalf("the packages are not installed: run plugin/typescript/install (%v)", err)
	}
	entries, err := os.ReadDir(modules)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() == ".bin" || entry.Name() == "@pulumi" {
			continue
		}
		if err := os.Symlink(filepath.Join(modules, entry.Name()), filepath.Join(folder, "node_modules", entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	pulumi := filepath.Join(folder, "node_modules", "@pulumi")
	if err := os.Mkdir(pulumi, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(modules, "@pulumi", "pulumi"), filepath.Join(pulumi, "pulumi")); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		file := filepath.Join(pulumi, "ambient-ecs", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// A wrong edit of the example, and a word of the compiler's refusal.
var wrong = map[string]struct{ from, to, word string }{
	"a-typo":                   {"serviceAccount:", "serviceAcount:", "serviceAcount"},
	"a-number-for-a-text":      {`client: "node"`, "client: 7", "not assignable"},
	"nothing-for-what-is-due":  {"    contractParameter,\n", "", "contractParameter"},
	"an-output-for-a-plain":    {`fs.readFileSync("cart.json", "utf8")`, `pulumi.output("{}")`, "not assignable"},
	"a-text-for-a-list":        {`hosts: [config.require("host")]`, `hosts: config.require("host")`, "not assignable"},
	"a-host-that-comes-later":  {`hosts: [config.require("host")]`, "hosts: [cart.hostname]", "not assignable"},
	"an-unknown-offer":         {"capacityProviderStrategy:", "spot:", "spot"},
	"an-output-inside-a-plain": {"port: 8080 }", "port: pulumi.output(8080) }", "not assignable"},
}

func TestTheExampleHasTheTypesOfTheSDK(t *testing.T) {
	folder := project(t)
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	example, err := os.ReadFile("../../examples/team-ts/index.ts")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"index.ts"}
	for name, w := range wrong {
		if !strings.Contains(string(example), w.from) {
			t.Fatalf("the example has no %q", w.from)
		}
		write(name+".ts", []byte(strings.Replace(string(example), w.from, w.to, 1)))
		files = append(files, name+".ts")
	}
	all, err := json.Marshal(map[string]any{"extends": "./tsconfig.json", "files": files})
	if err != nil {
		t.Fatal(err)
	}
	write("all.json", all)
	compiler, err := filepath.Abs(filepath.Join(installed, "typescript", "bin", "tsc"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", compiler, "--project", "all.json", "--preserveSymlinks", "--skipLibCheck", "--pretty", "false")
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the compiler accepts everything, or does not run: %v\n%s", err, out)
	}
	said, last := map[string]string{}, ""
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, " ") { // such a line goes on with a message
			last, _, _ = strings.Cut(line, "(")
		}
		said[last] += line
	}
	for name, w := range wrong {
		if !strings.Contains(said[name+".ts"], w.word) {
			t.Errorf("%s: the compiler says %q, want %q", name, said[name+".ts"], w.word)
		}
		delete(said, name+".ts")
	}
	for file, lines := range said {
		t.Errorf("%s: %s", file, lines)
	}
}
