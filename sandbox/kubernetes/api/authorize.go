package api

import (
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// User is who sends a request. Nil is a controller of the cluster, which may do everything.
type User struct {
	// Name and Groups are what the authenticator says.
	Name   string
	Groups []string
	// Grants are rights that no object of the cluster says: EKS's access policies.
	Grants []Grant
}

// Grant is a rule in some namespaces, or in all and outside of them.
type Grant struct {
	Rule
	// Namespaces are where it holds. Nil: everywhere.
	Namespaces []string
}

// Rule is a PolicyRule of Kubernetes. "*" stands for everything, and in a resource before a slash for every resource. Names
// are of objects. None: all.
type Rule struct{ Groups, Resources, Names, Verbs []string }

// As is the API server for a user.
func (c *Cluster) As(user *User) *Cluster {
	as := *c
	as.user = user
	return &as
}

// attributes are what a request is authorized by. A dry run has the same.
type attributes struct {
	verb            string
	resource        schema.GroupResource
	namespace, name string
}

// authorize refuses what the user may not do, in the words of the API server.
func (c *Cluster) authorize(verb string, kind Kind, namespace, name string) error {
	a := attributes{verb, kind.Resource(), namespace, name}
	if c.user == nil || c.allows(a) {
		return nil
	}
	where := "at the cluster scope"
	if namespace != "" {
		where = fmt.Sprintf("in the namespace %q", namespace)
	}
	return apierrors.NewForbidden(a.resource, name, fmt.Errorf("User %q cannot %s resource %q in API group %q %s", c.user.Name, verb, a.resource.Resource, a.resource.Group, where))
}

// Can reports what `kubectl auth can-i` does: whether the user may do something with a resource, such as "secrets" or
// "authorizationpolicies.security.istio.io".
func (c *Cluster) Can(verb, resource, namespace string) bool {
	return c.user == nil || c.allows(attributes{verb, schema.ParseGroupResource(resource), namespace, ""})
}

// MayList refuses a user who may not list the objects of a kind in a namespace.
func (c *Cluster) MayList(gvk schema.GroupVersionKind, namespace string) error {
	kind, err := c.Resolve(gvk)
	if err != nil {
		return err
	}
	return c.authorize("list", kind, namespace, "")
}

// allows decides as the RBAC authorizer does: rights only add up. A ClusterRoleBinding counts everywhere, a RoleBinding in its
// namespace. (k8s.io/kubernetes 1.35, plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go, 2026-11-29.)
func (c *Cluster) allows(a attributes) bool {
	for _, grant := range c.user.Grants {
		if (grant.Namespaces == nil || slices.Contains(grant.Namespaces, a.namespace)) && grant.matches(a) {
			return true
		}
	}
	for _, binding := range c.List(ClusterRoleBindingKind, "") {
		if c.user.bound(binding) && c.roleAllows(binding, "", a) {
			return true
		}
	}
	if a.namespace == "" {
		return false
	}
	for _, binding := range c.List(RoleBindingKind, a.namespace) {
		if c.user.bound(binding) && c.roleAllows(binding, a.namespace, a) {
			return true
		}
	}
	return false
}

// bound reports whether a binding names the user or one of its groups.
func (u *User) bound(binding Object) bool {
	return slices.ContainsFunc(Maps(binding, "subjects"), func(subject Object) bool {
		name := String(subject, "name")
		switch String(subject, "kind") {
		case "User":
			return name == u.Name
		case "ServiceAccount":
			return "system:serviceaccount:"+String(subject, "namespace")+":"+name == u.Name
		case "Group":
			return slices.Contains(u.Groups, name)
		}
		return false
	})
}

// roleAllows reports whether the role of a binding allows a request.
func (c *Cluster) roleAllows(binding Object, namespace string, a attributes) bool {
	kind, in := ClusterRoleKind, ""
	if String(binding, "roleRef", "kind") == "Role" {
		kind, in = RoleKind, namespace
	}
	role := c.Get(kind, in, String(binding, "roleRef", "name"))
	return role != nil && slices.ContainsFunc(Maps(role, "rules"), func(rule Object) bool {
		return Rule{texts(rule, "apiGroups"), texts(rule, "resources"), texts(rule, "resourceNames"), texts(rule, "verbs")}.matches(a)
	})
}

// matches reports whether the rule is about a request.
func (r Rule) matches(a attributes) bool {
	_, sub, _ := strings.Cut(a.resource.Resource, "/")
	return has(r.Verbs, "*", a.verb) && has(r.Groups, "*", a.resource.Group) &&
		(has(r.Resources, "*", a.resource.Resource) || sub != "" && slices.Contains(r.Resources, "*/"+sub)) &&
		(len(r.Names) == 0 || slices.Contains(r.Names, a.name))
}

func has(list []string, one, other string) bool {
	return slices.Contains(list, one) || slices.Contains(list, other)
}

// texts are the texts in a list.
func texts(o Object, field string) (all []string) {
	for _, v := range List(o, field) {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
