package api

import (
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// Kinds that the sandbox itself works with.
var (
	NamespaceKind      = schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}
	NodeKind           = schema.GroupVersionKind{Version: "v1", Kind: "Node"}
	PodKind            = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	ServiceKind        = schema.GroupVersionKind{Version: "v1", Kind: "Service"}
	ServiceAccountKind = schema.GroupVersionKind{Version: "v1", Kind: "ServiceAccount"}
	SecretKind         = schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
	ConfigMapKind      = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	DeploymentKind     = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
	DaemonSetKind      = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "DaemonSet"}
	CRDKind            = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}
	RoleKind           = rbac("Role")
	RoleBindingKind    = rbac("RoleBinding")
	ClusterRoleKind    = rbac("ClusterRole")
	BudgetKind         = schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}
	WebhookKind        = schema.GroupVersionKind{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingWebhookConfiguration"}
)

// ClusterRoleBindingKind gives rights everywhere. ValidatingPolicyKind and ValidatingBindingKind refuse what rights allow.
var (
	ClusterRoleBindingKind = rbac("ClusterRoleBinding")
	ValidatingPolicyKind   = schema.GroupVersionKind{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingAdmissionPolicy"}
	ValidatingBindingKind  = schema.GroupVersionKind{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingAdmissionPolicyBinding"}
)

func rbac(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: kind}
}

// Kind is one kind that the API server serves.
type Kind struct {
	schema.GroupVersionKind
	Plural     string
	Namespaced bool
	// Storage is the version that objects are kept in; they are the same in every version.
	Storage string
	// CRD is the custom resource definition, nil for a built-in kind.
	CRD Object
}

// Resource returns the group and plural name that Kubernetes' messages use.
func (k Kind) Resource() schema.GroupResource {
	return schema.GroupResource{Group: k.Group, Resource: k.Plural}
}

// storage returns the kind in the version that objects are kept in.
func (k Kind) storage() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.Group, Version: k.Storage, Kind: k.Kind}
}

// builtin lists what an EKS cluster serves without any definition, as far as charts and programs use it.
// A star marks kinds that are in no namespace.
var builtin = parseBuiltin(map[string]string{
	"v1": "ConfigMap Endpoints Event LimitRange Namespace* Node* PersistentVolume* PersistentVolumeClaim Pod " +
		"PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
	"apps/v1":                      "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
	"autoscaling/v2":               "HorizontalPodAutoscaler",
	"batch/v1":                     "CronJob Job",
	"certificates.k8s.io/v1":       "CertificateSigningRequest*",
	"coordination.k8s.io/v1":       "Lease",
	"discovery.k8s.io/v1":          "EndpointSlice",
	"networking.k8s.io/v1":         "Ingress IngressClass* NetworkPolicy",
	"policy/v1":                    "PodDisruptionBudget",
	"scheduling.k8s.io/v1":         "PriorityClass*",
	"storage.k8s.io/v1":            "CSIDriver* StorageClass*",
	"apiextensions.k8s.io/v1":      "CustomResourceDefinition*",
	"rbac.authorization.k8s.io/v1": "ClusterRole* ClusterRoleBinding* Role RoleBinding",
	"admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration* ValidatingAdmissionPolicy* " +
		"ValidatingAdmissionPolicyBinding* ValidatingWebhookConfiguration*",
})

func parseBuiltin(table map[string]string) map[schema.GroupVersionKind]Kind {
	kinds := map[schema.GroupVersionKind]Kind{}
	for version, names := range table {
		for _, name := range strings.Fields(names) {
			gvk := schema.FromAPIVersionAndKind(version, strings.TrimSuffix(name, "*"))
			plural, _ := meta.UnsafeGuessKindToResource(gvk)
			kinds[gvk] = Kind{
				GroupVersionKind: gvk, Plural: plural.Resource,
				Namespaced: !strings.HasSuffix(name, "*"), Storage: gvk.Version,
			}
		}
	}
	return kinds
}

// types knows the Go types of every built-in kind.
var types = builtinTypes()

func builtinTypes() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(s); err != nil {
			panic(err) // only a programming error of the library can get here
		}
	}
	return s
}

// Builtin reports whether the kind is served by every cluster, and its description.
func Builtin(gvk schema.GroupVersionKind) (Kind, bool) {
	k, ok := builtin[gvk]
	return k, ok
}

// Resolve finds the kind among the built-in ones and the custom resource definitions.
func (c *Cluster) Resolve(gvk schema.GroupVersionKind) (Kind, error) {
	if k, ok := builtin[gvk]; ok {
		return k, nil
	}
	var found *Kind
	c.Each(CRDKind, func(crd Object) {
		if String(crd, "spec", "group") != gvk.Group || String(crd, "spec", "names", "kind") != gvk.Kind || Deleting(crd) {
			return
		}
		kind := Kind{
			GroupVersionKind: gvk, Plural: String(crd, "spec", "names", "plural"),
			Namespaced: String(crd, "spec", "scope") == "Namespaced", CRD: crd,
		}
		served := false
		for _, v := range Maps(crd, "spec", "versions") {
			if Bool(v, "storage") {
				kind.Storage = String(v, "name")
			}
			if String(v, "name") == gvk.Version {
				served = Bool(v, "served")
			}
		}
		if served {
			found = &kind
		}
	})
	if found == nil {
		return Kind{}, &meta.NoKindMatchError{GroupKind: gvk.GroupKind(), SearchedVersions: []string{gvk.Version}}
	}
	return *found, nil
}
