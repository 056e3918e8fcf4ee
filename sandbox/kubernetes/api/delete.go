package api

import (
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Delete asks for an object's deletion. A namespace, and an object with finalizers, stays until its finalizers
// are gone. Get shows whether it is still there.
func (c *Cluster) Delete(gvk schema.GroupVersionKind, namespace, name string) error {
	kind, err := c.Resolve(gvk)
	if err != nil {
		return err
	}
	if !kind.Namespaced {
		namespace = ""
	}
	if err := c.authorize("delete", kind, namespace, name); err != nil {
		return err
	}
	o := c.Get(gvk, namespace, name)
	if o == nil {
		return apierrors.NewNotFound(kind.Resource(), name)
	}
	if gvk == NamespaceKind && slices.Contains(systemNamespaces, name) {
		return apierrors.NewForbidden(kind.Resource(), name, errSystemNamespace)
	}
	if err := c.admitted(kind, "DELETE", nil, o); err != nil {
		return err
	}
	if gvk != NamespaceKind && len(List(o, "metadata", "finalizers")) == 0 {
		c.remove(kind, o)
		return nil
	}
	if Deleting(o) {
		return nil
	}
	o = Copy(o)
	if gvk == NamespaceKind {
		Set(o, "Terminating", "status", "phase")
	}
	c.stamp(o)
	return nil
}

// stamp marks an object as being deleted. It bypasses store, which guards that field.
func (c *Cluster) stamp(o Object) {
	Set(o, c.Tx.Now.Format(time.RFC3339), "metadata", "deletionTimestamp")
	kind, err := c.Resolve(KindOf(o))
	if err != nil {
		return
	}
	c.Tx.PutObject(c.ARN, key(kind.storage(), Namespace(o), Name(o)), o)
}

// remove drops an object, and with a definition all of its objects.
func (c *Cluster) remove(kind Kind, o Object) {
	c.Tx.DropObject(c.ARN, key(kind.storage(), Namespace(o), Name(o)))
	c.forgetObject(UID(o))
	if kind.GroupVersionKind != CRDKind {
		return
	}
	group, name := String(o, "spec", "group"), String(o, "spec", "names", "kind")
	for k, custom := range c.Tx.Objects(c.ARN) {
		if gvk := KindOf(custom); gvk.Group == group && gvk.Kind == name {
			c.Tx.DropObject(c.ARN, k)
			c.forgetObject(UID(custom))
		}
	}
}

// Finish removes a finalizer; the last one of an object that is being deleted takes the object with it.
func (c *Cluster) Finish(o Object, finalizer string) {
	kind, err := c.Resolve(KindOf(o))
	if err != nil {
		return
	}
	o = Copy(o)
	var left []any
	for _, f := range List(o, "metadata", "finalizers") {
		if f != finalizer {
			left = append(left, f)
		}
	}
	if len(left) > 0 {
		Set(o, left, "metadata", "finalizers")
	} else {
		Unset(o, "metadata", "finalizers")
	}
	if len(left) == 0 && Deleting(o) {
		c.remove(kind, o)
		return
	}
	c.store(kind, o, c.Get(kind.GroupVersionKind, Namespace(o), Name(o)))
}

// Collect plays the garbage collector and the namespace controller. It deletes objects whose owners are all
// gone, and everything in a namespace that is being deleted. Then it removes the namespace.
func (c *Cluster) Collect() {
	uids := map[string]bool{}
	for _, o := range c.Tx.Objects(c.ARN) {
		uids[UID(o)] = true
	}
	terminating, kept := map[string]bool{}, map[string]bool{}
	c.Each(NamespaceKind, func(ns Object) {
		if Deleting(ns) {
			terminating[Name(ns)] = true
		}
	})
	for _, o := range c.where(func(o Object) bool { return terminating[Namespace(o)] || orphaned(o, uids) }) {
		if err := c.Delete(KindOf(o), Namespace(o), Name(o)); err != nil && !apierrors.IsNotFound(err) {
			continue
		}
		if c.Get(KindOf(o), Namespace(o), Name(o)) != nil {
			kept[Namespace(o)] = true
		}
	}
	kind := builtin[NamespaceKind]
	for name := range terminating {
		if ns := c.Get(NamespaceKind, "", name); ns != nil && !kept[name] {
			c.remove(kind, ns)
		}
	}
}

// where returns the objects that match, in a stable order.
func (c *Cluster) where(match func(Object) bool) []Object {
	found := map[string]Object{}
	for key, o := range c.Tx.Objects(c.ARN) {
		if match(o) {
			found[key] = o
		}
	}
	var objects []Object
	for _, key := range slices.Sorted(maps.Keys(found)) {
		objects = append(objects, found[key])
	}
	return objects
}

// orphaned reports whether an object has owners and none of them exists.
func orphaned(o Object, uids map[string]bool) bool {
	owners := Maps(o, "metadata", "ownerReferences")
	for _, owner := range owners {
		if uids[String(owner, "uid")] {
			return false
		}
	}
	return len(owners) > 0
}

// Contents returns what is in a namespace, in a stable order.
func (c *Cluster) Contents(namespace string) []Object {
	return c.where(func(o Object) bool { return Namespace(o) == namespace })
}
