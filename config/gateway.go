package config

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// GatewaySettings are the Gateway API and the east-west gateway.
type GatewaySettings struct {
	// GatewayAnnotations are merged over those that make the east-west gateway's load balancer internal. Its source
	// ranges are the mesh's networks and those that load-balancer-source-ranges adds.
	GatewayAnnotations map[string]string `config:"gatewayAnnotations"`
	// GatewayLoadBalancers are the doors that stand side by side, by who makes them: controller, legacy. Tasks are
	// given the first. Empty: legacy.
	GatewayLoadBalancers []string `config:"gatewayLoadBalancers"`
	// GatewayAccessLogs are the access logs of the controller's load balancer. Not set: none.
	GatewayAccessLogs GatewayAccessLogs `config:"gatewayAccessLogs"`
	// GatewayDeletionProtection makes AWS refuse to delete the controller's load balancer.
	GatewayDeletionProtection bool `config:"gatewayDeletionProtection"`
	// GatewayAPISource is a URL or a folder with the Gateway API custom resource definitions.
	GatewayAPISource string `config:"gatewayApiSource"`
	// GatewayAPISHA256 is the hex checksum of the file at GatewayAPISource when that is a URL.
	// Empty: the checksum pinned in code for the default source.
	GatewayAPISHA256 string `config:"gatewayApiSha256"`
}

// GatewayAccessLogs are access logs of a network load balancer in S3.
type GatewayAccessLogs struct {
	// Bucket is the bucket's name. Its policy must let delivery.logs.amazonaws.com write. Required.
	Bucket string `config:"bucket"`
	// Prefix is a path in the bucket. Empty: the bucket's root.
	Prefix string `config:"prefix"`
}

// The makers of the east-west gateway's load balancer.
const (
	// DoorController is the AWS Load Balancer Controller.
	DoorController = "controller"
	// DoorLegacy is the controller that EKS runs. A stack file that names no door means it: stacks that were made
	// before the key existed have it.
	DoorLegacy = "legacy"
)

// Doors lists the controllers that make load balancers. Tasks use the first one.
func (c Config) Doors() []string {
	if len(c.GatewayLoadBalancers) == 0 {
		return []string{DoorLegacy}
	}
	return c.GatewayLoadBalancers
}

// HasDoor reports whether a load balancer of this maker stands.
func (c Config) HasDoor(maker string) bool { return slices.Contains(c.Doors(), maker) }

// BalancerControllerRoleName is the IAM role of the AWS Load Balancer Controller, in the home account.
func (c Config) BalancerControllerRoleName() string { return c.Install + "-load-balancer-controller" }

// GatewayGroupTag is the Name tag of the security group of the controller's load balancer. The controller finds the
// group by it.
func (c Config) GatewayGroupTag() string { return c.Install + "-eastwest-gateway" }

// checkDoors checks who makes the load balancers of the east-west gateway, and what only one of the makers serves.
func (c Config) checkDoors(p *problem.List) {
	seen := map[string]bool{}
	for i, maker := range c.GatewayLoadBalancers {
		field := fmt.Sprintf("gatewayLoadBalancers[%d]", i)
		problem.OneOf(p, field, maker, DoorController, DoorLegacy)
		if seen[maker] {
			p.Refuse(field, maker, "it is there twice, and one maker makes one load balancer")
		}
		seen[maker] = true
	}
	checkAccessLogs(p, "gatewayAccessLogs", c.GatewayAccessLogs, c.HasDoor(DoorController))
	if c.GatewayDeletionProtection && !c.HasDoor(DoorController) {
		p.Add("gatewayDeletionProtection", problem.IsSet, "the controller that EKS runs does not set it: put controller into gatewayLoadBalancers")
	}
}

// checkAccessLogs checks where a load balancer writes its access logs. served says that its maker can make it write them.
func checkAccessLogs(p *problem.List, field string, logs GatewayAccessLogs, served bool) {
	switch {
	case logs == GatewayAccessLogs{}:
	case !served:
		p.Add(field, problem.IsSet, "the controller that EKS runs writes access logs for classic load balancers only: put controller into gatewayLoadBalancers")
	case !bucketName.MatchString(logs.Bucket):
		p.Refuse(field+".bucket", logs.Bucket, "a bucket's name has 3 to 63 lower-case letters, digits, hyphens and dots")
	case !logPrefix.MatchString(logs.Prefix):
		p.Refuse(field+".prefix", logs.Prefix, "use letters, digits and -_./ without a / at either end, and not AWSLogs, which AWS adds")
	}
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	logPrefix  = regexp.MustCompile(`^$|^[A-Za-z0-9_-][A-Za-z0-9_./-]*[A-Za-z0-9_-]$|^[A-Za-z0-9_-]$`)
)

// checkGateway checks the Gateway API's definitions and the east-west gateway's annotations.
func (c Config) checkGateway(p *problem.List) {
	remote := strings.Contains(c.GatewayAPISource, "://")
	switch {
	case c.GatewayAPISource == "":
		p.Missing("gatewayApiSource", "give the URL of a Gateway API release file, or a folder")
	case remote && !strings.HasPrefix(c.GatewayAPISource, "https://"):
		p.Refuse("gatewayApiSource", c.GatewayAPISource, "it must be an https:// URL or a folder")
	}
	switch {
	case c.GatewayAPISHA256 == "":
	case !remote:
		p.Refuse("gatewayApiSha256", c.GatewayAPISHA256, "gatewayApiSource is a folder, and only a downloaded file is checked")
	case !sha256Hex.MatchString(c.GatewayAPISHA256):
		p.Refuse("gatewayApiSha256", c.GatewayAPISHA256, "a SHA-256 checksum is 64 hexadecimal digits in lower case")
	}
	c.checkDoors(p)
	c.checkGatewayAnnotations(p)
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// sourceRanges is the annotation that lists who may reach a load balancer, as CIDRs between commas.
const sourceRanges = loadBalancer + "load-balancer-source-ranges"

// GatewaySources are the CIDRs that may reach the east-west gateway: those of the mesh's VPCs, in the order of
// MeshCIDRs, after them those of accounts that only call, and last those that the annotation adds. The load balancer judges a call
// through an endpoint by the caller's own address too.
func (c Config) GatewaySources() []string {
	all := c.MeshCIDRs()
	for _, key := range c.CallingAccounts() {
		for _, network := range c.Accounts[key].CIDRs() {
			if !slices.Contains(all, network) {
				all = append(all, network)
			}
		}
	}
	for text := range strings.SplitSeq(c.GatewayAnnotations[sourceRanges], ",") {
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// privateRanges are the addresses that networks of one's own use: those of RFC 1918, and the shared ones of
// RFC 6598.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
}

// widestSource is the shortest prefix of public addresses that may reach the gateway. An organization that
// uses public addresses inside has room in it, and the Internet would need 65,536 of them.
const widestSource = 16

// checkSourceRanges checks who may reach the gateway besides the mesh's own networks.
func (c Config) checkSourceRanges(p *problem.List, field, value string) {
	if strings.TrimSpace(value) == "" {
		p.Refuse(field, value, "it is empty, which may mean nobody or, to Kubernetes, be open to every address: name the networks that reach the gateway besides the mesh's own, or leave the annotation out")
		return
	}
	for text := range strings.SplitSeq(value, ",") {
		block, err := cidr.Parse(strings.TrimSpace(text))
		switch {
		case err != nil:
			p.Because(field, value, err)
		case block.Bits() < widestSource && !c.isPrivate(block):
			p.Refuse(field, value, "the gateway exposes istiod, and %s goes beyond private networks and the mesh's VPCs: public networks may be no wider than /%d", block, widestSource)
		}
	}
}

// isPrivate reports whether a network lies in a private range or in a VPC of the mesh.
func (c Config) isPrivate(block netip.Prefix) bool {
	known := slices.Clone(privateRanges)
	for _, text := range c.MeshCIDRs() {
		if vpc, err := cidr.Parse(text); err == nil {
			known = append(known, vpc)
		}
	}
	return slices.ContainsFunc(known, func(k netip.Prefix) bool { return k.Bits() <= block.Bits() && k.Overlaps(block) })
}

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
