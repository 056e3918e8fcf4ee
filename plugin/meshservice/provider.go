package meshservice

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// Package is the name of the Pulumi package.
	Package = "ambient-ecs"
	// Version is the version of the package. A change of the schema is a new version.
	Version = "0.2.1"
)

// Provider returns the Pulumi package.
func Provider() (provider.Provider, error) {
	made, err := infer.NewProviderBuilder().
		WithDisplayName("Ambient mesh on ECS").
		WithDescription("Services of teams in an Istio Ambient mesh over EKS and ECS Fargate.").
		WithComponents(infer.ComponentF(NewMeshService)).
		Build()
	made.GetSchema = plainly(made.GetSchema)
	return made, err
}

// getSchema is how a provider answers for its schema.
type getSchema = func(context.Context, provider.GetSchemaRequest) (provider.GetSchemaResponse, error)

// plainly marks what is plain in the code as plain in the schema, and nothing else. The framework marks texts, numbers and booleans alone, also
// the values of a map that is an input (pulumi-go-provider v1.4.0, infer/schema.go). Without the mark a compiler would let an output pass
// where the component refuses it.
func plainly(get getSchema) getSchema {
	return func(ctx context.Context, r provider.GetSchemaRequest) (provider.GetSchemaResponse, error) {
		answer, err := get(ctx, r)
		if err != nil {
			return answer, err
		}
		var spec schema.PackageSpec
		if err := json.Unmarshal([]byte(answer.Schema), &spec); err != nil {
			return answer, fmt.Errorf("read the schema: %w", err)
		}
		mark(spec.Resources[TypeToken].InputProperties, reflect.TypeFor[MeshServiceArgs]())
		for _, typ := range []reflect.Type{reflect.TypeFor[Port](), reflect.TypeFor[Scaling](), reflect.TypeFor[CapacityProvider](), reflect.TypeFor[Ingress]()} {
			mark(spec.Types[Package+":index:"+typ.Name()].Properties, typ)
		}
		if err := alsoInGo(&spec); err != nil {
			return answer, err
		}
		text, err := json.Marshal(spec)
		answer.Schema = string(text)
		return answer, err
	}
}

// alsoInGo has the generator for Go write the types of arguments that only plain lists hold. Without this the SDK refers to types that it does
// not have, and does not compile (https://github.com/pulumi/pulumi/issues/14662, read 2026-11-30).
func alsoInGo(spec *schema.PackageSpec) error {
	settings := map[string]any{}
	if err := json.Unmarshal(spec.Language["go"], &settings); err != nil {
		return fmt.Errorf("read the schema's settings for Go: %w", err)
	}
	settings["generateExtraInputTypes"] = true
	text, err := json.Marshal(settings)
	spec.Language["go"] = text
	return err
}

// mark marks the properties whose fields are no inputs, and takes the mark from the values of the others.
func mark(properties map[string]schema.PropertySpec, of reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		p, found := properties[name]
		if !found {
			continue
		}
		p.Plain = !field.Type.Implements(reflect.TypeFor[pulumi.Input]())
		for _, values := range []*schema.TypeSpec{p.Items, p.AdditionalProperties} {
			if values != nil {
				values.Plain = p.Plain
			}
		}
		properties[name] = p
	}
}
