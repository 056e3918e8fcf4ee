package config

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/problem"
)

var annotation = regexp.MustCompile(`^(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)

// loadBalancer begins the annotations that a cloud controller reads, awsLoadBalancer those for AWS.
const (
	loadBalancer    = "service.beta.kubernetes.io/"
	awsLoadBalancer = loadBalancer + "aws-load-balancer-"
)

// serviceType is the annotation by which istiod chooses the type of a gateway's Service.
const serviceType = "networking.istio.io/service-type"

// annotationValue says what a value must be, or "" if it is right.
type annotationValue func(string) string

// servedAnnotations are the annotations, after awsLoadBalancer, that the controller which EKS runs serves for an internal
// network load balancer, and their values. Every release from 1.29 to 1.35 serves them.
//
// https://github.com/kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go and aws_loadbalancer.go, 2026-11-29.
var servedAnnotations = map[string]annotationValue{
	"type":                              chosen("nlb"),
	"internal":                          chosen("true"),
	"cross-zone-load-balancing-enabled": chosen("true", "false"),
	"additional-resource-tags":          filled,
	"access-log-enabled":                chosen("true", "false"),
	"access-log-s3-bucket-name":         filled,
	"access-log-s3-bucket-prefix":       filled,
	"healthcheck-protocol":              chosen("TCP", "HTTP", "HTTPS"),
	"healthcheck-port":                  healthPort,
	"healthcheck-path":                  filled,
	"healthcheck-interval":              within(5, 300),
	"healthcheck-timeout":               within(2, 120),
	"healthcheck-healthy-threshold":     within(2, 10),
	"healthcheck-unhealthy-threshold":   within(2, 10),
	"subnets":                           filled,
	"target-node-labels":                filled,
}

const (
	classicOnly = "the controller that EKS runs reads this for classic load balancers only, and the gateway has a network load balancer"
	endsTLS     = "the load balancer would end the mesh's own TLS, which only the gateway and the workloads behind it can"
)

// unservedAnnotations are annotations of AWS, after awsLoadBalancer, that have a reason of their own to be refused.
var unservedAnnotations = map[string]string{
	"scheme":                      "only the AWS Load Balancer Controller reads this, and the program does not install it; aws-load-balancer-internal, which the program sets, says the same",
	"eip-allocations":             "elastic addresses are those of a public load balancer, and the gateway exposes istiod: it must stay internal",
	"ssl-cert":                    endsTLS,
	"ssl-ports":                   endsTLS,
	"ssl-negotiation-policy":      endsTLS,
	"backend-protocol":            endsTLS,
	"target-group-attributes":     "the source ranges need the client's own address, which such attributes can replace, and older releases of the controller do not read them",
	"proxy-protocol":              classicOnly,
	"access-log-emit-interval":    classicOnly,
	"connection-draining-enabled": classicOnly,
	"connection-draining-timeout": classicOnly,
	"connection-idle-timeout":     classicOnly,
	"extra-security-groups":       classicOnly,
	"security-groups":             classicOnly,
}

// foreignControllers are prefixes of annotations that a controller reads which no cluster of the program has.
var foreignControllers = map[string]string{
	"alb.ingress.kubernetes.io/": "the AWS Load Balancer Controller",
	"elbv2.k8s.aws/":             "the AWS Load Balancer Controller",
	"cloud.google.com/":          "Google's controller",
	"networking.gke.io/":         "Google's controller",
}

// checkGatewayAnnotations keeps the gateway's load balancer internal, since it serves istiod's port 15012, and refuses
// what the controller that EKS runs does not serve.
func (c Config) checkGatewayAnnotations(p *problem.List) {
	for _, name := range slices.Sorted(maps.Keys(c.GatewayAnnotations)) {
		value := c.GatewayAnnotations[name]
		field := "gatewayAnnotations." + name
		switch aws, isAWS := strings.CutPrefix(name, awsLoadBalancer); {
		case !annotation.MatchString(name):
			p.Refuse("gatewayAnnotations", name, "this is no name of a Kubernetes annotation")
		case strings.HasPrefix(name, "pulumi.com/"):
			p.Refuse("gatewayAnnotations", name, "the program uses these annotations itself to wait for the gateway")
		case name == serviceType && value != "LoadBalancer":
			p.Refuse(field, value, "tasks reach the gateway by its load balancer: its Service has the type LoadBalancer")
		case name == sourceRanges:
			c.checkSourceRanges(p, field, value)
		case aws == "internal" && value != "true", aws == "scheme" && value != "internal":
			p.Refuse(field, value, "the gateway exposes istiod: its load balancer must stay internal")
		case isAWS:
			if c.HasDoor(DoorLegacy) {
				checkServed(p, field, aws, value)
			}
			if c.HasDoor(DoorController) && !sharedAnnotation(aws) {
				p.Refuse(field, value, "with controller in gatewayLoadBalancers the program sets what the load balancer is; of these annotations it takes additional-resource-tags and healthcheck-*")
			} else if right := servedAnnotations[aws]; c.HasDoor(DoorController) && !c.HasDoor(DoorLegacy) {
				if reason := right(value); reason != "" {
					p.Refuse(field, value, "%s", reason)
				}
			}
		case strings.HasPrefix(name, loadBalancer):
			p.Refuse(field, value, "the controller that EKS runs does not know this annotation")
		}
		for prefix, controller := range foreignControllers {
			if strings.HasPrefix(name, prefix) {
				p.Refuse(field, value, "%s reads this, and the cluster does not have it", controller)
			}
		}
	}
}

// sharedAnnotation reports whether both controllers read an annotation, after awsLoadBalancer, in the same way.
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/, 2026-11-29)
func sharedAnnotation(name string) bool {
	_, served := servedAnnotations[name]
	return served && (name == "additional-resource-tags" || strings.HasPrefix(name, "healthcheck-"))
}

// checkServed checks one annotation of AWS, by its name after awsLoadBalancer.
func checkServed(p *problem.List, field, name, value string) {
	right, served := servedAnnotations[name]
	switch {
	case name == "type" && value != "nlb":
		p.Refuse(field, value, "the gateway's load balancer is made by the controller that EKS runs, as nlb: external and nlb-ip leave it to the AWS Load Balancer Controller, "+
			"which the program does not install, so nobody would make it, and other values make a classic one")
	case unservedAnnotations[name] != "":
		p.Refuse(field, value, "%s", unservedAnnotations[name])
	case !served:
		p.Refuse(field, value, "the controller that EKS runs does not serve this annotation for a network load balancer, and the AWS Load Balancer Controller, "+
			"which may, is not installed; it serves %s after %s", strings.Join(slices.Sorted(maps.Keys(servedAnnotations)), ", "), awsLoadBalancer)
	default:
		if reason := right(value); reason != "" {
			p.Refuse(field, value, "%s", reason)
		}
	}
}

func chosen(values ...string) annotationValue {
	return func(value string) string {
		if slices.Contains(values, value) {
			return ""
		}
		return "choose one of " + strings.Join(values, ", ")
	}
}

func within(least, most int) annotationValue {
	return func(value string) string {
		if n, err := strconv.Atoi(value); err == nil && n >= least && n <= most {
			return ""
		}
		return "must be a number between " + strconv.Itoa(least) + " and " + strconv.Itoa(most)
	}
}

func filled(value string) string {
	if strings.TrimSpace(value) == "" {
		return "it is empty: give a value, or leave the annotation out"
	}
	return ""
}

// healthPort is the port of health checks.
func healthPort(value string) string {
	if value == "traffic-port" || within(1, 65535)(value) == "" {
		return ""
	}
	return "must be traffic-port or a number between 1 and 65535"
}
