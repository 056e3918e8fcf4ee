// Package addon pins the versions of the EKS add-ons.
//
// EKS has no lock file. An add-on without a version gets the most recent one, so the same program would make another
// cluster tomorrow. For each Kubernetes minor version the table holds versions that AWS published for it. A newer
// version is a change of the table or an override in the configuration, and shows as a step in a preview.
package addon

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The add-ons of the cluster.
const (
	// VPCCNI gives pods addresses of the VPC. It must exist before the first node.
	VPCCNI = "vpc-cni"
	// KubeProxy routes to Kubernetes services. Its minor version must be the cluster's.
	KubeProxy = "kube-proxy"
	// CoreDNS resolves names. It needs a node to run on.
	CoreDNS = "coredns"
	// PodIdentityAgent hands istiod its IAM role.
	PodIdentityAgent = "eks-pod-identity-agent"
	// MetricsServer tells autoscalers what pods use. It is there where somebody wants it.
	MetricsServer = "metrics-server"
)

// VPCCNIAccount is the service account of VPCCNI's pods, Namespace the namespace of all add-ons here.
const VPCCNIAccount, Namespace = "aws-node", "kube-system"

// Names are the add-ons of every cluster, sorted.
func Names() []string { return []string{CoreDNS, PodIdentityAgent, KubeProxy, VPCCNI} }

// Needed are the add-ons without which no mesh works, in a cluster of somebody else too, sorted.
func Needed() []string { return []string{PodIdentityAgent, VPCCNI} }

// pinned are the versions by Kubernetes version and add-on. They can be checked and renewed with
//
//	aws eks describe-addon-versions --kubernetes-version 1.34 --addon-name coredns
var pinned = map[string]map[string]string{
	"1.30": {VPCCNI: "v1.20.1-eksbuild.3", KubeProxy: "v1.30.14-eksbuild.8", CoreDNS: "v1.11.4-eksbuild.24", PodIdentityAgent: "v1.3.8-eksbuild.2"},
	"1.31": {VPCCNI: "v1.20.1-eksbuild.3", KubeProxy: "v1.31.13-eksbuild.2", CoreDNS: "v1.11.4-eksbuild.24", PodIdentityAgent: "v1.3.8-eksbuild.2"},
	"1.32": {VPCCNI: "v1.20.1-eksbuild.3", KubeProxy: "v1.32.9-eksbuild.2", CoreDNS: "v1.11.4-eksbuild.24", PodIdentityAgent: "v1.3.8-eksbuild.2"},
	"1.33": {VPCCNI: "v1.20.1-eksbuild.3", KubeProxy: "v1.33.5-eksbuild.2", CoreDNS: "v1.12.4-eksbuild.1", PodIdentityAgent: "v1.3.8-eksbuild.2"},
	"1.34": {VPCCNI: "v1.21.1-eksbuild.1", KubeProxy: "v1.34.1-eksbuild.2", CoreDNS: "v1.12.4-eksbuild.1", PodIdentityAgent: "v1.3.10-eksbuild.1"},
	"1.35": {VPCCNI: "v1.21.1-eksbuild.8", KubeProxy: "v1.35.3-eksbuild.5", CoreDNS: "v1.14.2-eksbuild.4", PodIdentityAgent: "v1.3.10-eksbuild.3"},
	"1.36": {VPCCNI: "v1.22.3-eksbuild.1", KubeProxy: "v1.36.0-eksbuild.13", CoreDNS: "v1.14.3-eksbuild.3", PodIdentityAgent: "v1.3.10-eksbuild.3"},
}

// metricsServer is the version of MetricsServer for the Kubernetes versions that AWS published it for.
const metricsServer, metricsServerFrom, metricsServerTo = "v0.8.1-eksbuild.4", "1.31", "1.35"

// pinnedFor are the pinned versions for a Kubernetes version. Both bounds have two digits, so they compare as text.
func pinnedFor(kubernetes string) map[string]string {
	versions := map[string]string{}
	maps.Copy(versions, pinned[kubernetes])
	if kubernetes >= metricsServerFrom && kubernetes <= metricsServerTo {
		versions[MetricsServer] = metricsServer
	}
	return versions
}

// Kubernetes are the Kubernetes versions that the table knows, oldest first.
func Kubernetes() []string { return slices.Sorted(maps.Keys(pinned)) }

// shape matches AWS's form of an add-on's version: "v1.34.1-eksbuild.2".
var shape = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$`)

// Resolve returns the version of every add-on for a Kubernetes version, overrides first: of those in Names, and of more. For a
// Kubernetes version that the table does not know, the overrides must name them all.
func Resolve(kubernetes string, overrides map[string]string, more ...string) (map[string]string, error) {
	names := append(Names(), more...)
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		version := overrides[name]
		switch {
		case !slices.Contains(names, name):
			problems = append(problems, fmt.Errorf("%q is not an add-on of the cluster, which has %s", name, strings.Join(names, ", ")))
		case !shape.MatchString(version):
			problems = append(problems, fmt.Errorf("%s %q is not an add-on version such as \"v1.2.3-eksbuild.4\"", name, version))
		case name == KubeProxy && !strings.HasPrefix(version, "v"+kubernetes+"."):
			problems = append(problems, fmt.Errorf("%s %q is not of Kubernetes %s: nodes would run a proxy of another version than the cluster", name, version, kubernetes))
		}
	}
	versions := pinnedFor(kubernetes)
	maps.Copy(versions, overrides)
	maps.DeleteFunc(versions, func(name, _ string) bool { return !slices.Contains(names, name) })
	var unknown []string
	for _, name := range names {
		if versions[name] == "" {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		problems = append(problems, fmt.Errorf("no version of %s is known for Kubernetes %s (the table has %s): name one for each",
			strings.Join(unknown, ", "), kubernetes, strings.Join(Kubernetes(), ", ")))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return versions, nil
}
