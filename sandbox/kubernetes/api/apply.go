package api

import (
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
)

// Options are the parameters of an Apply request.
type Options struct {
	// Manager owns the applied fields.
	Manager string
	// Force takes fields from other managers instead of reporting a conflict.
	Force bool
	// DryRun checks and merges but keeps nothing.
	DryRun bool
	// Existing refuses to create the object.
	Existing bool
	// Whole replaces lists instead of merging them by key. Helm's client does so; it also lets a list name
	// the same key twice, which a merge refuses.
	Whole bool
	// Webhooks calls the validating webhooks after all other checks. Nil calls none.
	Webhooks func(*Cluster, Object) error
}

// Apply is a server-side apply request. The manager's fields take the values in config. Fields that the manager
// owned and that config no longer mentions are removed. All other fields stay.
func (c *Cluster) Apply(config Object, opt Options) (Object, error) {
	gvk := KindOf(config)
	kind, err := c.Resolve(gvk)
	if err != nil {
		return nil, err
	}
	config = Copy(config)
	if !kind.Namespaced {
		Unset(config, "metadata", "namespace")
	}
	namespace, name := Namespace(config), Name(config)
	live := c.Get(gvk, namespace, name)
	// An apply is a patch, and one that would make the object needs the right to create it too.
	if err := c.authorize("patch", kind, namespace, name); err != nil {
		return nil, err
	}
	if live == nil && !opt.Existing {
		if err := c.authorize("create", kind, namespace, name); err != nil {
			return nil, err
		}
	}
	switch {
	case live == nil && opt.Existing:
		return nil, apierrors.NewNotFound(kind.Resource(), name)
	case live == nil:
		if err := c.admitNamespace(kind, config); err != nil {
			return nil, err
		}
	}
	if err := validateIdentity(kind, config); err != nil {
		return nil, err
	}
	schemas, err := schemasOf(kind)
	if err != nil {
		return nil, err
	}
	if schemas != nil {
		if err := schemas.unknownFields(gvk, config); err != nil {
			return nil, err
		}
	}
	merged, err := merge(kind, live, config, opt)
	if err != nil {
		return nil, err
	}
	return c.admit(kind, merged, live, opt)
}

// Create stores a new object as its first manager wants it, or says that it exists.
func (c *Cluster) Create(o Object, manager string) (Object, error) {
	kind, err := c.Resolve(KindOf(o))
	if err != nil {
		return nil, err
	}
	if c.Get(KindOf(o), Namespace(o), Name(o)) != nil {
		return nil, apierrors.NewAlreadyExists(kind.Resource(), Name(o))
	}
	return c.Apply(o, Options{Manager: manager})
}

// admit fills in defaults, checks the whole object and keeps it.
func (c *Cluster) admit(kind Kind, o, live Object, opt Options) (Object, error) {
	if Value(o, "metadata", "managedFields") == nil {
		Unset(o, "metadata", "managedFields")
	}
	c.fillIn(kind, o, live)
	schemas, err := schemasOf(kind)
	if err != nil {
		return nil, err
	}
	if schemas != nil {
		err = schemas.check(kind.GroupVersionKind, o, live)
	} else {
		err = validateBuiltin(kind, o, live)
	}
	if err != nil {
		return nil, err
	}
	operation := "UPDATE"
	if live == nil {
		operation = "CREATE"
	}
	if err := c.admitted(kind, operation, o, live); err != nil {
		return nil, err
	}
	if opt.Webhooks != nil {
		if err := opt.Webhooks(c, o); err != nil {
			return nil, err
		}
	}
	if !opt.DryRun {
		o = c.store(kind, o, live)
	}
	o = Copy(o)
	o["apiVersion"] = kind.GroupVersion().String()
	return o, nil
}

// merge lets apimachinery's field manager do the merging, as the API server does.
func merge(kind Kind, live, config Object, opt Options) (Object, error) {
	manager, err := fieldManager(kind, opt.Whole)
	if err != nil {
		return nil, fmt.Errorf("prepare the apply of %s: %w", kind.Kind, err)
	}
	current := &unstructured.Unstructured{Object: Object{}}
	if live != nil {
		current.Object = Copy(live)
	}
	current.SetGroupVersionKind(kind.GroupVersionKind)
	applied := &unstructured.Unstructured{Object: config}
	applied.SetManagedFields(nil)
	result, err := manager.Apply(current, applied, opt.Manager, opt.Force)
	if err != nil {
		return nil, err
	}
	merged, ok := result.(*unstructured.Unstructured)
	if !ok {
		return nil, fmt.Errorf("the apply of %s returned a %T", kind.Kind, result)
	}
	return Copy(merged.Object), nil
}

// builtinConverter reads the schemas of all built-in kinds once.
var builtinConverter = sync.OnceValue(func() managedfields.TypeConverter {
	return applyconfigurations.NewTypeConverter(types)
})

// fieldManager returns the merger for a kind. Built-in kinds have schemas, so their lists merge by key
// unless they are to be replaced whole, as the lists of other kinds always are.
func fieldManager(kind Kind, whole bool) (*managedfields.FieldManager, error) {
	converter := managedfields.NewDeducedTypeConverter()
	if kind.CRD == nil && kind.GroupVersionKind != CRDKind && !whole {
		converter = builtinConverter()
	}
	return managedfields.NewDefaultCRDFieldManager(converter, sameVersion{}, noDefaults{}, emptyObjects{},
		kind.GroupVersionKind, kind.GroupVersion(), "", nil)
}

// sameVersion converts between versions of one kind: they differ in apiVersion alone.
type sameVersion struct{}

func (sameVersion) Convert(in, out, _ any) error {
	from, ok := in.(*unstructured.Unstructured)
	to, fits := out.(*unstructured.Unstructured)
	if !ok || !fits {
		return fmt.Errorf("cannot convert %T to %T", in, out)
	}
	to.Object = Copy(from.Object)
	return nil
}

func (sameVersion) ConvertToVersion(in runtime.Object, target runtime.GroupVersioner) (runtime.Object, error) {
	from := in.GetObjectKind().GroupVersionKind()
	to, ok := target.KindForGroupVersionKinds([]schema.GroupVersionKind{from})
	if !ok {
		return nil, fmt.Errorf("%s does not exist in the version asked for", from)
	}
	out := in.DeepCopyObject()
	out.GetObjectKind().SetGroupVersionKind(to)
	return out, nil
}

func (sameVersion) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// noDefaults leaves defaults to fillIn.
type noDefaults struct{}

func (noDefaults) Default(runtime.Object) {}

// emptyObjects makes the object that a first apply starts from.
type emptyObjects struct{}

func (emptyObjects) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(kind)
	return u, nil
}
