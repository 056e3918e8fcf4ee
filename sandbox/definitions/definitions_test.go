// Package definitions tests the one file that the program downloads and verifies by checksum alone. It compares
// the file with the Go module of the same project, which the Go checksum database covers.
package definitions

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The program's package that pins the release file. This module does not import the program.
const source = "../../mesh/gatewayapi/source.go"

// year is the year of the release, which the project's script writes into the licence header.
const year = "2025"

func TestTheReleaseFileIsMadeOfTheModule(t *testing.T) {
	url, checksum := constant(t, "DefaultURL"), constant(t, "DefaultSHA256")
	module := gatewayAPI(t)
	if want := "/releases/download/" + module.Version + "/standard-install.yaml"; !strings.HasSuffix(url, want) {
		t.Errorf("the program takes %s, and the module is of version %s", url, module.Version)
	}
	file := install(t, module.Dir)
	sum := sha256.Sum256(file)
	if got := hex.EncodeToString(sum[:]); got != checksum {
		t.Errorf("the file made of the module has %d bytes and the checksum %s, the program wants %s", len(file), got, checksum)
	}
}

// install does what hack/build-install-yaml.sh of the project does for the standard channel.
func install(t *testing.T, dir string) []byte {
	t.Helper()
	read := func(path string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var file bytes.Buffer
	file.Write(bytes.ReplaceAll(read("hack/boilerplate/boilerplate.sh.txt"), []byte("YEAR"), []byte(year)))
	file.WriteString("#\n# Gateway API Standard channel install\n#\n")
	definitions, err := filepath.Glob(filepath.Join(dir, "config", "crd", "standard", "gateway*.yaml"))
	if err != nil || len(definitions) == 0 {
		t.Fatalf("definitions %v, %v", definitions, err)
	}
	for _, definition := range definitions {
		path := "config/crd/standard/" + filepath.Base(definition)
		fmt.Fprintf(&file, "---\n#\n# %s\n#\n", path)
		file.Write(read(path))
	}
	return file.Bytes()
}

type module struct{ Version, Dir string }

// gatewayAPI finds the module, in the version that this module needs. It is in the module cache whenever this
// module was built.
func gatewayAPI(t *testing.T) module {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", "sigs.k8s.io/gateway-api").Output()
	if err != nil {
		t.Fatalf("find sigs.k8s.io/gateway-api: %v: %s", err, out)
	}
	var found module
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// constant reads a string constant out of the program's source.
func constant(t *testing.T, name string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		for _, spec := range constants.Specs {
			value := spec.(*ast.ValueSpec)
			literal, ok := value.Values[0].(*ast.BasicLit)
			if !ok || value.Names[0].Name != name {
				continue
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
	}
	t.Fatalf("%s has no constant %s", source, name)
	return ""
}
