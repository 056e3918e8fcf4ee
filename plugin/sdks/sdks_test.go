package sdks

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
)

const (
	golden = "../schema.json"
	// goPath is within this module, whose dependencies the SDK for Go shares.
	goPath = "ambient-ecs/plugin/generated/ambientecs"
)

// written writes the files of an SDK below a folder.
func written(t *testing.T, files map[string][]byte) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// team is what a team writes in Go against the SDK.
const team = `package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	ambientecs "ambient-ecs/plugin/generated/ambientecs"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		service, err := ambientecs.NewMeshService(ctx, "orders", &ambientecs.MeshServiceArgs{
			ContractParameter: "/ambient-ecs/mesh/v1/ecs-1/contract", ServiceAccount: "ecs", Image: pulumi.String("registry.example/orders:1"),
			Ports: []ambientecs.PortArgs{{Port: 8080}},
		})
		if err != nil {
			return err
		}
		ctx.Export("hostname", service.Hostname)
		return nil
	})
}
`

// A program of a team in Go compiles with the SDK.
func TestTheSDKForGoCompiles(t *testing.T) {
	pkg, err := Read(golden, goPath)
	if err != nil {
		t.Fatal(err)
	}
	files, err := golang.GeneratePackage("pulumi", pkg, nil)
	if err != nil {
		t.Fatal(err)
	}
	files["team/main.go"] = []byte(team)
	folder := written(t, files)
	module, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	replaced := map[string]string{}
	for name := range files {
		if filepath.Ext(name) == ".go" {
			replaced[filepath.Join(module, "generated", name)] = filepath.Join(folder, name)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-overlay", list, "-o", os.DevNull, "./generated/team")
	build.Dir = module
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheSDKForPythonCompiles(t *testing.T) {
	pkg, err := Read(golden, goPath)
	if err != nil {
		t.Fatal(err)
	}
	files, err := python.GeneratePackage("pulumi", pkg, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	folder := written(t, files)
	if _, has := files["pulumi_ambient_ecs/mesh_service.py"]; !has {
		t.Error("the SDK has no mesh_service.py")
	}
	if out, err := exec.Command(interpreter, "-m", "compileall", "-q", folder).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
