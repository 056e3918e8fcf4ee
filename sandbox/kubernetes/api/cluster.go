package api

import (
	"crypto/sha256"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/world"
)

// Cluster is the API server of one cluster during one transaction.
type Cluster struct {
	// Tx is the transaction; ARN is the EKS cluster.
	Tx  *world.Tx
	ARN string
	// user is who sends the requests. Nil: a controller.
	user *User
}

// At opens the API server of the cluster with that ARN.
func At(tx *world.Tx, arn string) *Cluster { return &Cluster{Tx: tx, ARN: arn} }

// key is where an object is kept.
func key(gvk schema.GroupVersionKind, namespace, name string) string {
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	return apiVersion + "/" + kind + "/" + namespace + "/" + name
}

// Get returns the object in its storage version, or nil.
func (c *Cluster) Get(gvk schema.GroupVersionKind, namespace, name string) Object {
	if o := c.Tx.Object(c.ARN, key(gvk, namespace, name)); o != nil {
		return o
	}
	kind, err := c.Resolve(gvk)
	if err != nil || kind.Storage == gvk.Version {
		return nil
	}
	return c.Tx.Object(c.ARN, key(kind.storage(), namespace, name))
}

// Read returns a copy of the object in the version asked for, or Kubernetes' own error.
func (c *Cluster) Read(gvk schema.GroupVersionKind, namespace, name string) (Object, error) {
	kind, err := c.Resolve(gvk)
	if err != nil {
		return nil, err
	}
	if err := c.authorize("get", kind, namespace, name); err != nil {
		return nil, err
	}
	o := c.Get(gvk, namespace, name)
	if o == nil {
		return nil, apierrors.NewNotFound(kind.Resource(), name)
	}
	o = Copy(o)
	o["apiVersion"] = gvk.GroupVersion().String()
	return o, nil
}

// Each calls visit for every object of a kind that is kept in this version, in no order.
func (c *Cluster) Each(gvk schema.GroupVersionKind, visit func(Object)) {
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	for _, o := range c.Tx.ObjectsOf(c.ARN, apiVersion+"/"+kind) {
		visit(o)
	}
}

// List returns the objects of a kind, in a namespace or in all of them (""), by namespace and name.
func (c *Cluster) List(gvk schema.GroupVersionKind, namespace string) []Object {
	if kind, err := c.Resolve(gvk); err == nil {
		gvk = kind.storage()
	}
	var list []Object
	c.Each(gvk, func(o Object) {
		if namespace == "" || Namespace(o) == namespace {
			list = append(list, o)
		}
	})
	sort.Slice(list, func(i, j int) bool {
		if Namespace(list[i]) != Namespace(list[j]) {
			return Namespace(list[i]) < Namespace(list[j])
		}
		return Name(list[i]) < Name(list[j])
	})
	return list
}

// Write creates or updates an object for a controller. It does nothing when nothing changes, and refuses
// only what cannot be stored: a kind that does not exist, a namespace that is not there.
func (c *Cluster) Write(o Object) error {
	kind, err := c.Resolve(KindOf(o))
	if err != nil {
		return err
	}
	old := c.Get(kind.storage(), Namespace(o), Name(o))
	if old == nil {
		if err := c.admitNamespace(kind, o); err != nil {
			return err
		}
	}
	c.store(kind, Copy(o), old)
	return nil
}

// store keeps the object with its bookkeeping. Nothing happens when it equals what is there.
func (c *Cluster) store(kind Kind, o, old Object) Object {
	o["apiVersion"] = kind.storage().GroupVersion().String()
	if !kind.Namespaced {
		Unset(o, "metadata", "namespace")
	}
	if old != nil {
		for _, field := range []string{"uid", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp"} {
			Unset(o, "metadata", field)
			if v := Value(old, "metadata", field); v != nil {
				Set(o, v, "metadata", field)
			}
		}
		if Equal(o, old) {
			return old
		}
		if !Equal(o["spec"], old["spec"]) {
			Set(o, Int(old, "metadata", "generation")+1, "metadata", "generation")
		}
	} else {
		Set(o, c.uid(), "metadata", "uid")
		Set(o, c.Tx.Now.Format(time.RFC3339), "metadata", "creationTimestamp")
		if o["spec"] != nil {
			Set(o, int64(1), "metadata", "generation")
		}
		Unset(o, "metadata", "deletionTimestamp")
	}
	Set(o, strconv.FormatUint(c.Tx.NextSerial(), 10), "metadata", "resourceVersion")
	c.Tx.PutObject(c.ARN, key(kind.storage(), Namespace(o), Name(o)), o)
	return o
}

// uid makes a uid that is the same for the same history.
func (c *Cluster) uid() string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s#%d", c.ARN, c.Tx.NextSerial()))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// Suffix returns a generated name's last part, n characters long.
func (c *Cluster) Suffix(n int) string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	h := sha256.Sum256(fmt.Appendf(nil, "%s/%d", c.ARN, c.Tx.NextSerial()))
	suffix := make([]byte, n)
	for i := range suffix {
		suffix[i] = alphabet[int(h[i])%len(alphabet)]
	}
	return string(suffix)
}

// admitNamespace refuses an object in a namespace that is missing or being deleted.
func (c *Cluster) admitNamespace(kind Kind, o Object) error {
	if !kind.Namespaced {
		return nil
	}
	ns := c.Get(NamespaceKind, "", Namespace(o))
	if ns == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, Namespace(o))
	}
	if Deleting(ns) {
		return apierrors.NewForbidden(kind.Resource(), Name(o), fmt.Errorf(
			"unable to create new content in namespace %s because it is being terminated", Namespace(o)))
	}
	return nil
}

// Since returns how long a fact holds. The first call for a fact starts its time; Forget ends it.
func (c *Cluster) Since(fact string) time.Duration {
	started, err := time.Parse(time.RFC3339Nano, c.Fact(fact))
	if err != nil {
		c.Note(fact, c.Tx.Now.Format(time.RFC3339Nano))
		return 0
	}
	return c.Tx.Now.Sub(started)
}

// Fact returns what a controller noted, "" if it noted nothing. A fact about an object has its uid in its
// name, and is forgotten with the object.
func (c *Cluster) Fact(fact string) string { return c.Tx.Note(c.note(fact)) }

// Note keeps a fact for later runs.
func (c *Cluster) Note(fact, value string) { c.Tx.SetNote(c.note(fact), value) }

// Forget drops a fact.
func (c *Cluster) Forget(fact string) { c.Note(fact, "") }

func (c *Cluster) note(fact string) string { return "kubernetes|" + c.ARN + "|" + fact }

// forgetObject drops every fact about an object; facts carry its uid.
func (c *Cluster) forgetObject(uid string) {
	c.Tx.ForgetNotes(func(note string) bool {
		return uid != "" && strings.HasPrefix(note, "kubernetes|"+c.ARN+"|") && strings.Contains(note, uid)
	})
}
