package kubernetes

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// The AWS Load Balancer Controller, as its chart installs it.
const (
	controllerNamespace = "kube-system"
	controllerAccount   = "aws-load-balancer-controller"
	controllerFinalizer = "service.k8s.aws/resources"
	securityGroupsNote  = balancerNote + "security-groups"
)

// balanceTargets is the AWS Load Balancer Controller. It works only while its pods are ready, with the identity with which they
// started.
func balanceTargets(c *api.Cluster) {
	pod := controllerPod(c)
	if pod == nil {
		return
	}
	for _, service := range c.List(api.ServiceKind, "") {
		held := slices.Contains(api.List(service, "metadata", "finalizers"), any(controllerFinalizer))
		wanted := api.String(service, "spec", "type") == "LoadBalancer" && !api.Deleting(service) && api.Annotations(service)[balancerNote+"type"] == "external"
		if !wanted && !held {
			continue
		}
		role, err := controllerRole(c, pod)
		switch {
		case err != nil:
			c.Complain(service, "service", "FailedDeployModel", "Failed deploy model due to "+err.Error())
		case wanted:
			ensureTargets(c, service, role, held)
		default:
			gone, err := deleteBalancers(c, service, role, "")
			if err != nil {
				c.Complain(service, "service", "FailedCleanup", "Failed deploy model due to "+err.Error())
			} else if gone {
				c.Finish(service, controllerFinalizer)
			}
		}
	}
}

// deleteBalancers deletes the load balancers of a Service but one. It reports whether all of them are gone.
func deleteBalancers(c *api.Cluster, service api.Object, role aws.Principal, but string) (gone bool, err error) {
	gone = true
	for _, name := range aws.TargetedLoadBalancers(c.Tx, c.ARN, api.ID(service)) {
		if name == but {
			continue
		}
		one, err := aws.DeleteTargetedLoadBalancer(c.Tx, c.ARN, name, role)
		if err != nil {
			return false, err
		}
		gone = gone && one
	}
	return gone, nil
}

// controllerPod returns a pod of the controller that works, or nil.
func controllerPod(c *api.Cluster) api.Object {
	for _, pod := range c.List(api.PodKind, controllerNamespace) {
		ready, _, _ := api.Condition(pod, "Ready")
		if api.String(pod, "spec", "serviceAccountName") == controllerAccount && ready == "True" && !api.Deleting(pod) {
			return pod
		}
	}
	return nil
}

func controllerRole(c *api.Cluster, pod api.Object) (aws.Principal, error) {
	started := mesh.InjectedIdentity(pod)
	if started == "" || started != mesh.StartIdentity(c, controllerNamespace, controllerAccount) {
		return aws.Principal{}, fmt.Errorf("get credentials: failed to refresh cached credentials, no EC2 IMDS role found")
	}
	return aws.PodRole(c.Tx, c.ARN, controllerNamespace, controllerAccount, api.Name(pod))
}

func ensureTargets(c *api.Cluster, service api.Object, role aws.Principal, held bool) {
	service = api.Copy(service)
	if !held {
		api.Set(service, append(api.List(service, "metadata", "finalizers"), controllerFinalizer), "metadata", "finalizers")
	}
	notes := api.Annotations(service)
	spec := balancerOf(c, service)
	spec.Name, spec.Network, spec.Internal, spec.SourceRanges = controllerBalancerName(c, service), true, notes[balancerNote+"scheme"] != "internet-facing", nil
	for i, port := range api.Maps(service, "spec", "ports") {
		spec.Ports[i].NodePort = spec.Ports[i].Port
		if target := int(api.Int(port, "targetPort")); target != 0 {
			spec.Ports[i].NodePort = target
		}
	}
	attributes := map[string]string{}
	for _, one := range split(notes[balancerNote+"attributes"]) {
		key, value, _ := strings.Cut(one, "=")
		attributes[key] = value
	}
	spec.CrossZone = attributes["load_balancing.cross_zone.enabled"] == "true"
	// AWS changes no load balancer's scheme: the controller deletes the old one, and makes another.
	_, err := deleteBalancers(c, service, role, spec.Name)
	var lb *world.Resource
	if err == nil {
		lb, err = aws.EnsureTargetedLoadBalancer(c.Tx, spec, aws.TargetSpec{
			Role: role, SecurityGroups: split(notes[securityGroupsNote]), Attributes: attributes, Targets: targetsOf(c, service),
		})
	}
	if err != nil {
		c.Complain(service, "service", "FailedDeployModel", "Failed deploy model due to "+err.Error())
	} else {
		c.Settled(service)
		api.Set(service, []any{api.Object{"hostname": lb.String("dnsName")}}, "status", "loadBalancer", "ingress")
	}
	write(c, service)
}

// targetsOf are the addresses of the ready pods behind a Service.
func targetsOf(c *api.Cluster, service api.Object) []string {
	var all []string
	for _, pod := range c.List(api.PodKind, api.Namespace(service)) {
		ready, _, _ := api.Condition(pod, "Ready")
		matches := ready == "True" && !api.Deleting(pod) && api.String(pod, "status", "podIP") != ""
		for key, value := range api.Map(service, "spec", "selector") {
			matches = matches && api.Labels(pod)[key] == value
		}
		if matches {
			all = append(all, api.String(pod, "status", "podIP"))
		}
	}
	slices.Sort(all)
	return all
}

var notAlphanumeric = regexp.MustCompile(`[^a-zA-Z0-9]`)

// controllerBalancerName is the name that the controller gives: parts of namespace and name, and a digest, also of the scheme.
func controllerBalancerName(c *api.Cluster, service api.Object) string {
	short := func(s string) string {
		s = notAlphanumeric.ReplaceAllString(s, "")
		return s[:min(len(s), 8)]
	}
	sum := sha256.Sum256([]byte(aws.NameOf(c.ARN) + api.UID(service) + api.Annotations(service)[balancerNote+"scheme"]))
	return fmt.Sprintf("k8s-%s-%s-%x", short(api.Namespace(service)), short(api.Name(service)), sum[:5])
}
