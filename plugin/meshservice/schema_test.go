package meshservice

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/blang/semver"
	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"ambient-ecs/tests/golden"
)

// schemaFile is what the SDKs of all languages are generated from.
const schemaFile = "../schema.json"

func published(t *testing.T) string {
	t.Helper()
	made, err := Provider()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), Package, semver.MustParse(Version), integration.WithProvider(made))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.GetSchema(provider.GetSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, []byte(answer.Schema), "", "  "); err != nil {
		t.Fatal(err)
	}
	return text.String() + "\n"
}

func TestTheSchemaIsThatOfTheCode(t *testing.T) {
	golden.Check(t, schemaFile, published(t), "A property that is removed or retyped breaks the programs of teams, in every language.")
}

// Pulumi's own reader finds nothing to complain of, and every property says what it is.
func TestTheSchemaIsValidAndDescribed(t *testing.T) {
	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(published(t)), &spec); err != nil {
		t.Fatal(err)
	}
	if _, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{}); err != nil || diagnostics.HasErrors() {
		t.Errorf("%v %v", err, diagnostics)
	}
	described := func(where string, properties map[string]schema.PropertySpec) {
		for name, p := range properties {
			if !strings.HasSuffix(p.Description, ".") && !strings.Contains(p.Description, "CLUSTER/") {
				t.Errorf("%s.%s is described as %q", where, name, p.Description)
			}
		}
	}
	service, found := spec.Resources[TypeToken]
	if !found || !service.IsComponent {
		t.Fatalf("there is no component %s", TypeToken)
	}
	described("the inputs", service.InputProperties)
	described("the outputs", service.Properties)
	// What a preview cannot check is no plain value, and the rest is.
	inputs := []string{"environment", "executionRoleArn", "image", "policy", "secrets"}
	for name, p := range service.InputProperties {
		if p.Plain == slices.Contains(inputs, name) {
			t.Errorf("%s is plain: %v", name, p.Plain)
		}
	}
	for token, typ := range spec.Types {
		described(token, typ.Properties)
	}
}
