package loadbalancer

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/problem"
)

// Controller is the program that makes the load balancer of a Service.
type Controller string

// The controllers. Their values are those of the configuration.
const (
	// AWS is the AWS Load Balancer Controller.
	AWS Controller = "controller"
	// Legacy is the controller in EKS's control plane.
	Legacy Controller = "legacy"
)

// Controllers are all of them, in the order of preference.
func Controllers() []Controller { return []Controller{AWS, Legacy} }

// Prefix begins the annotations that both controllers read for AWS.
const Prefix = "service.beta.kubernetes.io/aws-load-balancer-"

// SourceRanges is the annotation that lists who may connect, as CIDRs between commas. Both controllers read it. Of
// the AWS Load Balancer Controller it configures only a security group that this controller makes itself.
const SourceRanges = "service.beta.kubernetes.io/load-balancer-source-ranges"

// AccessLogs are the access logs of a load balancer. A network load balancer logs TLS listeners only.
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html, 2026-11-29)
type AccessLogs struct {
	// Bucket is the S3 bucket. Its policy must let log delivery write. Required.
	Bucket string
	// Prefix is the path in the bucket. Empty: its root.
	Prefix string
}

// TLS ends TLS at the load balancer.
type TLS struct {
	// CertificateARNs are certificates of ACM. At least one.
	CertificateARNs []string
	// Ports are the listeners that end TLS. Other listeners stay TCP. At least one.
	Ports []int
}

// Settings describe one network load balancer. Its connections spread over the targets of all zones.
type Settings struct {
	// Controller makes it. Required.
	Controller Controller
	// Public gives it public addresses. Otherwise it is internal.
	Public bool
	// Sources are the CIDRs that may connect. Required for Legacy, which opens the nodes to each of them. AWS ignores
	// them: there the rules of SecurityGroup decide.
	Sources []string
	// SecurityGroup is the Name tag, or the id, of the load balancer's own security group. Required for AWS. The
	// program makes the group and the rule by which nodes admit it, so the controller needs no permission for either.
	SecurityGroup string
	// Subnets are the ids of its subnets, one in each zone. Empty: the controller finds subnets by their tags.
	Subnets []string
	// AccessLogs is nil without access logs. AWS only.
	AccessLogs *AccessLogs
	// DeletionProtection makes AWS refuse the load balancer's deletion. AWS only. Then the Service cannot be deleted
	// either, until the protection is off.
	DeletionProtection bool
	// TLS is nil where the load balancer passes TCP on. AWS only.
	TLS *TLS
	// Extra annotations are merged over those of the settings. SourceRanges among them does not count.
	Extra map[string]string
}

// Validate reports every problem of the settings, or returns nil.
func (s Settings) Validate() error {
	var p problem.List
	for i, source := range s.Sources {
		if prefix, err := netip.ParsePrefix(source); err != nil || prefix.Masked() != prefix {
			p.Refuse(fmt.Sprintf("Sources[%d]", i), source, "it is no CIDR")
		}
	}
	switch s.Controller {
	case AWS:
		if s.SecurityGroup == "" {
			p.Missing("SecurityGroup", "the controller may not make one, and without one the load balancer would admit every address")
		}
		if s.AccessLogs != nil && s.AccessLogs.Bucket == "" {
			p.Missing("AccessLogs.Bucket", "the logs go to it")
		}
		if s.TLS != nil && (len(s.TLS.CertificateARNs) == 0 || len(s.TLS.Ports) == 0) {
			p.Missing("TLS", "it needs a certificate and a port")
		}
	case Legacy:
		if len(s.Sources) == 0 {
			p.Missing("Sources", "the load balancer would be open to every address")
		}
		for name, set := range map[string]bool{"AccessLogs": s.AccessLogs != nil, "DeletionProtection": s.DeletionProtection, "TLS": s.TLS != nil, "SecurityGroup": s.SecurityGroup != ""} {
			if set {
				p.Add(name, problem.IsSet, "only the AWS Load Balancer Controller serves it for a network load balancer")
			}
		}
	default:
		p.Refuse("Controller", string(s.Controller), "choose %s or %s", AWS, Legacy)
	}
	return p.Err()
}

// Annotations are the annotations of the Service. The settings give 5 of them, Subnets one and TLS up to 3 more. The Gateway API
// allows 8 for everything that belongs to a Gateway.
func (s Settings) Annotations() map[string]string {
	all := map[string]string{}
	if s.Controller == Legacy {
		all[Prefix+"type"] = "nlb"
		all[Prefix+"cross-zone-load-balancing-enabled"] = "true"
		if !s.Public {
			all[Prefix+"internal"] = "true"
		}
		s.name(all)
		maps.Copy(all, s.Extra)
		all[SourceRanges] = strings.Join(s.Sources, ",")
		return all
	}
	// The legacy controller leaves a Service of this type alone.
	all[Prefix+"type"] = "external"
	all[Prefix+"nlb-target-type"] = "ip"
	all[Prefix+"scheme"] = "internal"
	if s.Public {
		all[Prefix+"scheme"] = "internet-facing"
	}
	s.name(all)
	all[Prefix+"security-groups"] = s.SecurityGroup
	all[Prefix+"attributes"] = s.attributes()
	if s.TLS != nil {
		ports := make([]string, len(s.TLS.Ports))
		for i, port := range s.TLS.Ports {
			ports[i] = strconv.Itoa(port)
		}
		all[Prefix+"ssl-cert"] = strings.Join(s.TLS.CertificateARNs, ",")
		all[Prefix+"ssl-ports"] = strings.Join(ports, ",")
	}
	for key, value := range s.Extra {
		if key != SourceRanges {
			all[key] = value
		}
	}
	return all
}

// name adds the annotation with the subnets, which both controllers read. A Service without it gets the subnets that the
// controller finds by their tags.
func (s Settings) name(all map[string]string) {
	if len(s.Subnets) > 0 {
		all[Prefix+"subnets"] = strings.Join(s.Subnets, ",")
	}
}

// attributes are the attributes of the load balancer. Each is always given, because the controller leaves an attribute
// alone that the annotation does not name: a switch that is taken back would stay on.
func (s Settings) attributes() string {
	attributes := []string{
		"load_balancing.cross_zone.enabled=true",
		"deletion_protection.enabled=" + strconv.FormatBool(s.DeletionProtection),
		"access_logs.s3.enabled=" + strconv.FormatBool(s.AccessLogs != nil),
	}
	if s.AccessLogs != nil {
		attributes = append(attributes, "access_logs.s3.bucket="+s.AccessLogs.Bucket)
		if s.AccessLogs.Prefix != "" {
			attributes = append(attributes, "access_logs.s3.prefix="+s.AccessLogs.Prefix)
		}
	}
	return strings.Join(slices.Sorted(slices.Values(attributes)), ",")
}
