package tenancy

import (
	"slices"
	"strings"
	"testing"
)

// may evaluates the rules as Kubernetes does: some rule must name group, resource and verb.
func may(verb, group, resource string) bool {
	names := func(list []string, name string) bool {
		return slices.Contains(list, name) || slices.Contains(list, "*")
	}
	return slices.ContainsFunc(Rules(), func(r Rule) bool {
		return names(r.Verbs, verb) && names(r.APIGroups, group) && names(r.Resources, resource)
	})
}

func TestATeamKeepsItsIdentitiesPoliciesAndRoutes(t *testing.T) {
	for resource, group := range map[string]string{"serviceaccounts": "", "authorizationpolicies": "security.istio.io", "httproutes": "gateway.networking.k8s.io"} {
		for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete"} {
			if !may(verb, group, resource) {
				t.Errorf("it cannot %s %s", verb, resource)
			}
		}
		for _, verb := range []string{"impersonate", "deletecollection", "bind", "escalate", "*"} {
			if may(verb, group, resource) {
				t.Errorf("it can %s %s", verb, resource)
			}
		}
	}
}

func TestATeamHasNothingElse(t *testing.T) {
	for _, of := range []struct{ group, resources string }{
		{"", "secrets pods pods/exec pods/ephemeralcontainers configmaps namespaces serviceaccounts/token services endpoints nodes nodes/proxy events persistentvolumeclaims resourcequotas users groups"},
		{"apps", "deployments daemonsets statefulsets replicasets"},
		{"batch", "jobs cronjobs"},
		{"rbac.authorization.k8s.io", "roles rolebindings clusterroles clusterrolebindings"},
		{"gateway.networking.k8s.io", "gateways gatewayclasses referencegrants grpcroutes tlsroutes backendtlspolicies httproutes/status"},
		{"networking.istio.io", "serviceentries workloadentries workloadgroups virtualservices destinationrules envoyfilters sidecars gateways proxyconfigs"},
		{"security.istio.io", "peerauthentications requestauthentications"},
		{"telemetry.istio.io", "telemetries"},
		{"extensions.istio.io", "wasmplugins"},
		{"networking.k8s.io", "networkpolicies ingresses"},
		{"discovery.k8s.io", "endpointslices"},
		{"admissionregistration.k8s.io", "validatingadmissionpolicies validatingadmissionpolicybindings mutatingwebhookconfigurations validatingwebhookconfigurations"},
		{"apiextensions.k8s.io", "customresourcedefinitions"},
		{"certificates.k8s.io", "certificatesigningrequests"},
		{"authentication.k8s.io", "tokenreviews"},
	} {
		for resource := range strings.FieldsSeq(of.resources) {
			for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate", "bind", "escalate"} {
				if may(verb, of.group, resource) {
					t.Errorf("it can %s %s of %q", verb, resource, of.group)
				}
			}
		}
	}
}
