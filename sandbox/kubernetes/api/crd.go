package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"ambient-ecs/sandbox/memo"
)

// schemas are one custom resource definition, compiled: what its objects must look like, by version.
type schemas struct {
	group, kind string
	versions    map[string]version
}

// version is the compiled schema of one version.
type version struct {
	structure *structural.Structural
	openapi   validation.SchemaCreateValidator
	rules     *cel.Validator
}

// compiled keeps schemas by the definition's content: compiling CEL takes up to a second.
var compiled sync.Map

// schemasOf compiles a kind's definition, once. It is nil for a built-in kind.
func schemasOf(kind Kind) (*schemas, error) {
	if kind.CRD == nil {
		return nil, nil
	}
	spec, err := json.Marshal(kind.CRD["spec"])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(spec)
	once, _ := compiled.LoadOrStore(sum, sync.OnceValues(func() (*schemas, error) { return compile(kind.CRD) }))
	return once.(func() (*schemas, error))()
}

func compile(crd Object) (*schemas, error) {
	definition, err := internalDefinition(crd)
	if err != nil {
		return nil, err
	}
	s := &schemas{group: definition.Spec.Group, kind: definition.Spec.Names.Kind, versions: map[string]version{}}
	for _, v := range definition.Spec.Versions {
		props := v.Schema
		if props == nil {
			props = definition.Spec.Validation
		}
		if props == nil || props.OpenAPIV3Schema == nil {
			return nil, fmt.Errorf("definition %s has no schema for version %s", Name(crd), v.Name)
		}
		structure, err := structural.NewStructural(props.OpenAPIV3Schema)
		if err != nil {
			return nil, fmt.Errorf("read the schema of %s: %w", Name(crd), err)
		}
		openapi, _, err := validation.NewSchemaValidator(props.OpenAPIV3Schema)
		if err != nil {
			return nil, fmt.Errorf("compile the schema of %s: %w", Name(crd), err)
		}
		s.versions[v.Name] = version{
			structure: structure, openapi: openapi,
			rules: cel.NewValidator(structure, true, celconfig.PerCallLimit),
		}
	}
	return s, nil
}

// internalDefinition decodes a definition into the library's own form.
func internalDefinition(crd Object) (*apiextensions.CustomResourceDefinition, error) {
	var typed apiextensionsv1.CustomResourceDefinition
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(Copy(crd), &typed); err != nil {
		return nil, fmt.Errorf("decode definition %s: %w", Name(crd), err)
	}
	apiextensionsv1.SetDefaults_CustomResourceDefinition(&typed)
	apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&typed.Spec)
	var definition apiextensions.CustomResourceDefinition
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&typed, &definition, nil); err != nil {
		return nil, fmt.Errorf("convert definition %s: %w", Name(crd), err)
	}
	return &definition, nil
}

// checked remembers definitions that were found valid, by content.
var checked sync.Map

// CheckDefinition checks a custom resource definition itself, as the API server does when it is created. It
// takes long for a large one, so callers run it before they open a transaction; the result is remembered.
func CheckDefinition(crd Object) error {
	spec, err := json.Marshal(crd["spec"])
	if err != nil {
		return err
	}
	sum := sha256.Sum256(append(spec, Name(crd)...))
	once, _ := checked.LoadOrStore(sum, sync.OnceValue(func() error {
		_, err := memo.Of(memo.Key(sum), func() ([]byte, error) { return nil, validateDefinition(crd) })
		return err
	}))
	return once.(func() error)()
}

func validateDefinition(crd Object) error {
	definition, err := internalDefinition(crd)
	if err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	for _, v := range definition.Spec.Versions {
		if v.Storage {
			definition.Status.StoredVersions = []string{v.Name}
		}
	}
	if errs := crdvalidation.ValidateCustomResourceDefinition(context.Background(), definition); len(errs) > 0 {
		return apierrors.NewInvalid(CRDKind.GroupKind(), Name(crd), errs)
	}
	return nil
}

// unknownFields refuses fields that the schema does not have, with the words of server-side apply.
func (s *schemas) unknownFields(gvk schema.GroupVersionKind, o Object) error {
	v, ok := s.versions[gvk.Version]
	if !ok {
		return nil
	}
	paths := pruning.PruneWithOptions(Copy(o), v.structure, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	var unknown []string
	for _, path := range paths {
		// Many definitions leave out the schema of metadata. The API server accepts that.
		if !strings.HasPrefix(path, "metadata.") {
			unknown = append(unknown, "."+path+": field not declared in schema")
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return apierrors.NewBadRequest(fmt.Sprintf("failed to create typed patch object (%s; %s, Kind=%s): %s",
		ID(o), gvk.GroupVersion(), gvk.Kind, strings.Join(unknown, ", ")))
}

// fillIn sets the schema's defaults.
func (s *schemas) fillIn(gvk schema.GroupVersionKind, o Object) {
	if v, ok := s.versions[gvk.Version]; ok {
		defaulting.Default(o, v.structure)
	}
}

// check validates an object against schema, list types and CEL rules, transition rules included.
func (s *schemas) check(gvk schema.GroupVersionKind, o, live Object) error {
	v, ok := s.versions[gvk.Version]
	if !ok {
		return nil
	}
	var errs field.ErrorList
	var old any
	if live != nil {
		previous := Copy(live)
		previous["apiVersion"] = gvk.GroupVersion().String()
		old = previous
	}
	errs = append(errs, validation.ValidateCustomResource(nil, o, v.openapi)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.structure, o)...)
	if len(errs) == 0 && v.rules != nil {
		found, _ := v.rules.Validate(context.Background(), nil, v.structure, o, old, celconfig.RuntimeCELCostBudget)
		errs = append(errs, found...)
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(gvk.GroupKind(), Name(o), errs)
	}
	return nil
}
