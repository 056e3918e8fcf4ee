// Package sdks makes the SDKs of the package ambient-ecs from its golden schema, with the engine's own generators, as `pulumi package add` does.
package sdks

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Read reads the schema in a file. The SDK for Go has the import path goPath.
func Read(file, goPath string) (*schema.Package, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	inGo := map[string]any{}
	if err := json.Unmarshal(spec.Language["go"], &inGo); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	inGo["importBasePath"] = goPath
	if spec.Language["go"], err = json.Marshal(inGo); err != nil {
		return nil, err
	}
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err == nil && diagnostics.HasErrors() {
		err = diagnostics
	}
	return pkg, err
}
