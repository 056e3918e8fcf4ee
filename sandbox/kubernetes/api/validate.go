package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// strict decodes built-in kinds and knows every field that is wrong.
var strict = kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, types, types, kjson.SerializerOptions{Strict: true})

// CheckFields refuses a built-in object with fields that its kind does not have, or of the wrong type.
// Kinds that only a definition describes pass.
func CheckFields(o Object) error {
	if _, ok := builtin[KindOf(o)]; !ok {
		return nil
	}
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, _, err = strict.Decode(data, nil, nil)
	if err != nil && runtime.IsStrictDecodingError(err) {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "strict decoding error: "))
	}
	return err
}

// validateIdentity checks name, labels and annotations.
func validateIdentity(kind Kind, o Object) error {
	metadata := field.NewPath("metadata")
	var errs field.ErrorList
	name := Name(o)
	if name == "" {
		errs = append(errs, field.Required(metadata.Child("name"), "name or generateName is required"))
	} else {
		for _, message := range nameRule(kind)(name, false) {
			errs = append(errs, field.Invalid(metadata.Child("name"), name, message))
		}
	}
	errs = append(errs, metavalidation.ValidateLabels(Labels(o), metadata.Child("labels"))...)
	errs = append(errs, apivalidation.ValidateAnnotations(Annotations(o), metadata.Child("annotations"))...)
	if len(errs) > 0 {
		return apierrors.NewInvalid(kind.GroupKind(), name, errs)
	}
	return nil
}

// nameRule returns the rule for names of a kind.
func nameRule(kind Kind) apivalidation.ValidateNameFunc {
	switch kind.Kind {
	case "Namespace":
		return apivalidation.ValidateNamespaceName
	case "Service":
		return apivalidation.NameIsDNS1035Label
	case "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding":
		return func(name string, _ bool) []string { return path.IsValidPathSegmentName(name) }
	}
	return apivalidation.NameIsDNSSubdomain
}

// validateBuiltin checks a whole built-in object, and that its immutable fields are unchanged.
func validateBuiltin(kind Kind, o, live Object) error {
	if err := CheckFields(o); err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: strict decoding error: %v",
			kind.Kind, kind.Version, kind.Kind, err))
	}
	var errs field.ErrorList
	switch kind.GroupVersionKind {
	case CRDKind:
		if err := CheckDefinition(o); err != nil {
			return err
		}
	case SecretKind:
		errs = validateSecret(o)
	case DeploymentKind, DaemonSetKind:
		errs = validateWorkload(o)
	case ServiceKind:
		if len(Maps(o, "spec", "ports")) == 0 && String(o, "spec", "type") != "ExternalName" && String(o, "spec", "clusterIP") != "None" {
			errs = append(errs, field.Required(field.NewPath("spec", "ports"), ""))
		}
	}
	if live != nil {
		errs = append(errs, validateImmutable(kind, o, live)...)
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(kind.GroupKind(), Name(o), errs)
	}
	return nil
}

func validateSecret(o Object) field.ErrorList {
	var errs field.ErrorList
	size := 0
	for _, k := range slices.Sorted(maps.Keys(Map(o, "data"))) {
		value := String(o, "data", k)
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			errs = append(errs, field.Invalid(field.NewPath("data").Key(k), value, "illegal base64 data"))
		}
		size += len(decoded)
	}
	const limit = 1 << 20
	if size > limit {
		errs = append(errs, field.TooLong(field.NewPath("data"), "", limit))
	}
	return errs
}

// validateWorkload checks what every controller of pods must have.
func validateWorkload(o Object) field.ErrorList {
	var errs field.ErrorList
	spec := field.NewPath("spec")
	selector := Map(o, "spec", "selector")
	switch {
	case len(selector) == 0:
		errs = append(errs, field.Required(spec.Child("selector"), ""))
	case !Matches(selector, Strings(o, "spec", "template", "metadata", "labels")):
		errs = append(errs, field.Invalid(spec.Child("template", "metadata", "labels"),
			Strings(o, "spec", "template", "metadata", "labels"), "`selector` does not match template `labels`"))
	}
	pod := spec.Child("template", "spec")
	containers := Maps(o, "spec", "template", "spec", "containers")
	if len(containers) == 0 {
		errs = append(errs, field.Required(pod.Child("containers"), ""))
	}
	seen := map[string]bool{}
	for i, container := range containers {
		at := pod.Child("containers").Index(i)
		name := String(container, "name")
		if name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else if seen[name] {
			errs = append(errs, field.Duplicate(at.Child("name"), name))
		}
		seen[name] = true
		if String(container, "image") == "" {
			errs = append(errs, field.Required(at.Child("image"), ""))
		}
	}
	return errs
}

// immutable lists what cannot change after creation.
var immutable = map[string][][]string{
	"Secret":             {{"type"}},
	"Deployment":         {{"spec", "selector"}},
	"DaemonSet":          {{"spec", "selector"}},
	"StatefulSet":        {{"spec", "selector"}, {"spec", "serviceName"}},
	"Service":            {{"spec", "clusterIP"}},
	"Job":                {{"spec", "selector"}, {"spec", "template"}},
	"RoleBinding":        {{"roleRef"}},
	"ClusterRoleBinding": {{"roleRef"}},
}

func validateImmutable(kind Kind, o, live Object) field.ErrorList {
	var errs field.ErrorList
	for _, at := range immutable[kind.Kind] {
		if before, after := Value(live, at...), Value(o, at...); !Equal(before, after) {
			errs = append(errs, field.Invalid(field.NewPath(at[0], at[1:]...), after, apivalidation.FieldImmutableErrorMsg))
		}
	}
	if (kind.GroupVersionKind == SecretKind || kind.GroupVersionKind == ConfigMapKind) && Bool(live, "immutable") {
		if !Equal(live["data"], o["data"]) {
			errs = append(errs, field.Forbidden(field.NewPath("data"), "field is immutable when `immutable` is set"))
		}
	}
	return errs
}
