package cost

import (
	"fmt"
	"strconv"
	"strings"

	"ambient-ecs/support"
)

const (
	typeCluster            = "aws:eks/cluster:Cluster"
	typeLaunchTemplate     = "aws:ec2/launchTemplate:LaunchTemplate"
	typeTaskDefinition     = "aws:ecs/taskDefinition:TaskDefinition"
	typeKubernetesProvider = "pulumi:providers:kubernetes"
)

// rules add the lines of a resource, by its type.
var rules = map[string]func(*adder, *resource){
	typeCluster:                                                 controlPlane,
	"aws:eks/nodeGroup:NodeGroup":                               nodes,
	"aws:ecs/service:Service":                                   tasks,
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           endpoint,
	"aws:cloudwatch/logGroup:LogGroup":                          logs,
	"aws:cloudwatch/metricAlarm:MetricAlarm":                    alarm,
	"aws:ec2/natGateway:NatGateway":                             each("NAT gateway", "nat"),
	"aws:ec2/eip:Eip":                                           each(addresses, "ipv4"),
	"aws:ec2transitgateway/vpcAttachment:VpcAttachment":         each("transit gateway attachment", "transit.attachment"),
	"aws:ec2transitgateway/peeringAttachment:PeeringAttachment": each("transit gateway attachment", "transit.attachment"),
	"aws:cloudwatch/dashboard:Dashboard":                        each("CloudWatch dashboard", "cloudwatch.dashboard"),
	"aws:kms/key:Key":                                           each("KMS key", "kms.key"),
	"aws:route53/zone:Zone":                                     each("Route 53 hosted zone", "route53.zone"),
	"aws:secretsmanager/secret:Secret":                          each("Secrets Manager secret", "secret"),
}

const addresses = "public IPv4 address"

func each(item, price string) func(*adder, *resource) {
	return func(a *adder, r *resource) { a.line(r, item, 1, part{price, 1}) }
}

// controlPlane is dearer when EKS's standard support of the version has ended, unless the cluster's policy is to be upgraded
// then.
func controlPlane(a *adder, r *resource) {
	version := text(r.Inputs, "version")
	item := "EKS control plane, Kubernetes " + version
	minor, err := strconv.Atoi(strings.TrimPrefix(version, "1."))
	release, known := support.OfKubernetes(minor)
	if err != nil || !known {
		a.unknown(r, item, "no date of EKS's support for this version is known")
		return
	}
	if a.now.Before(release.Standard) {
		a.line(r, item+", standard support until "+release.Standard.Format("2006-01-02"), 1, part{"eks.standard", 1})
	} else if text(r.Inputs, "upgradePolicy", "supportType") == "STANDARD" {
		a.line(r, item+", which EKS upgrades by itself", 1, part{"eks.standard", 1})
	} else {
		a.line(r, item+", extended support", 1, part{"eks.extended", 1})
	}
}

// nodes are the instances of a node group and their volumes.
func nodes(a *adder, r *resource) {
	types, _ := r.Inputs["instanceTypes"].([]any)
	count, counted := number(r.Inputs, "scalingConfig", "desiredSize")
	if len(types) == 0 || !counted {
		a.unknown(r, "node group "+r.Name, "the preview does not know its instance type or its size")
		return
	}
	// Of several types EKS takes the first that has capacity.
	kind, _ := types[0].(string)
	if text(r.Inputs, "capacityType") == "SPOT" {
		a.use(fmt.Sprintf("Spot nodes: %v × %s, whose price changes", count, kind))
	} else {
		a.line(r, "node "+kind, count, part{"ec2." + kind, 1})
	}
	volumes(a, r, count)
}

func volumes(a *adder, r *resource, count float64) {
	template := behind(a.stack, r, "launchTemplate", typeLaunchTemplate)
	var disks []any
	if template != nil {
		disks, _ = template.Inputs["blockDeviceMappings"].([]any)
	}
	if len(disks) == 0 {
		a.unknown(r, "volumes of the node group "+r.Name, "the stack does not say their size")
	}
	for _, disk := range disks {
		size, known := number(disk, "ebs", "volumeSize")
		kind := text(disk, "ebs", "volumeType")
		if !known || kind == "" {
			a.unknown(r, "volumes of the node group "+r.Name, "the stack does not say their size or type")
			continue
		}
		a.line(r, fmt.Sprintf("EBS volume %s, %v GB", kind, size), count, part{"ebs." + kind, size})
	}
}

// endpoint has a network interface in each subnet. A gateway endpoint costs nothing.
func endpoint(a *adder, r *resource) {
	if text(r.Inputs, "vpcEndpointType") != "Interface" {
		return
	}
	a.use("data through interface endpoints, by GB")
	subnets, known := r.Inputs["subnetIds"].([]any)
	count := len(subnets)
	if !known {
		count = len(r.DependsOn["subnetIds"])
	}
	if count == 0 {
		a.unknown(r, "interface endpoint "+r.Name, "the preview does not know its subnets")
		return
	}
	a.line(r, "interface endpoint, by subnet", float64(count), part{"endpoint", 1})
}

// alarm costs as much as the metrics that it watches.
func alarm(a *adder, r *resource) {
	metrics := 0
	queries, _ := r.Inputs["metricQueries"].([]any)
	for _, query := range queries {
		if at(query, "metric") != nil {
			metrics++
		}
	}
	a.line(r, "CloudWatch alarm, by metric", float64(max(metrics, 1)), part{"cloudwatch.alarm", 1})
}

// object adds the load balancer that Kubernetes makes for a Service, and for the Service that istiod makes for a Gateway.
func object(a *adder, r *resource) {
	annotations := at(r.Inputs, "metadata", "annotations")
	switch text(r.Inputs, "kind") {
	case "Service":
		if text(r.Inputs, "spec", "type") != "LoadBalancer" {
			return
		}
	case "Gateway":
		class := text(r.Inputs, "spec", "gatewayClassName")
		kind := text(annotations, "networking.istio.io/service-type")
		if class == "istio-waypoint" || class == "istio-remote" || kind != "" && kind != "LoadBalancer" {
			return
		}
		annotations = at(r.Inputs, "spec", "infrastructure", "annotations")
	default:
		return
	}
	const prefix = "service.beta.kubernetes.io/aws-load-balancer-"
	item := "load balancer, internal"
	if text(annotations, prefix+"scheme") == "internet-facing" || text(annotations, prefix+"scheme") == "" && text(annotations, prefix+"internal") != "true" {
		item = "load balancer, public"
		a.use("public IPv4 addresses of public load balancers, one in each zone")
	}
	a.use("capacity units (LCU, NLCU) of load balancers")
	a.line(r, item, 1, part{"loadbalancer", 1})
}
