package config

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/network/cidr"
	"ambient-ecs/problem"
)

// maxTasks is the ECS quota of tasks in one service.
const maxTasks = 5000

var (
	image = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(?::[0-9]+)?(?:/[a-z0-9][a-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`)
	// ruleText is what EC2 accepts as the description of a security group rule.
	ruleText = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)
)

func (c Config) checkClusters(p *problem.List) {
	for _, key := range c.ClusterKeys() {
		field := "clusters." + key
		cluster := c.Clusters[key]
		if !label.MatchString(key) {
			p.Refuse("clusters", key, "the key of a cluster becomes part of names: %s", labelRule)
		}
		if cluster.Account == "" {
			p.Missing(field+".account", "name the key in accounts of the account that holds the cluster")
		} else if _, known := c.Accounts[cluster.Account]; !known {
			p.Refuse(field+".account", cluster.Account, "%s", noSuchAccount(c, cluster.Account))
		}
		checkServiceAccount(p, field+".serviceAccount", cluster.ServiceAccount)
		for _, name := range cluster.ServiceKeys() {
			service := cluster.Services[name]
			at := field + ".services." + name
			switch {
			case !label.MatchString(name):
				p.Refuse(field+".services", name, "the name of a service is the first label of its hostname: %s", labelRule)
			case name == ztunnelContainer:
				p.Refuse(field+".services", name, "the application's container has the name of its service, and this one is the mesh's container, by which discovery knows a task of the mesh")
			}
			checkServiceAccount(p, at+".serviceAccount", service.ServiceAccount)
			checkTask(p, at, service)
			c.checkEgress(p, at, service)
		}
	}
}

func checkServiceAccount(p *problem.List, field, name string) {
	if name != "" && (!label.MatchString(name) || len(name) > maxLabel) {
		p.Refuse(field, name, "the name of a Kubernetes service account, at most %d characters here: %s", maxLabel, labelRule)
	}
}

// checkTask checks a service by itself: image, port, size, number and environment.
func checkTask(p *problem.List, field string, s Service) {
	switch {
	case s.Image == "":
		p.Missing(field+".image", "a service needs a container image")
	case !image.MatchString(s.Image):
		p.Refuse(field+".image", s.Image, "this is no image reference such as public.ecr.aws/nginx/nginx:1.29")
	}
	switch {
	case s.ClientOnly && s.Port != 0:
		p.Refuse(field+".port", s.Port, "the service is clientOnly and has no inbound rule, so nobody could call the port: remove one of the two")
	case s.ClientOnly:
	case s.Port == 0 && s.Shared != "":
		// The shared service says it.
	case s.Port == 0:
		p.Missing(field+".port", "give the TCP port that the application listens on, or set clientOnly")
	case s.Port < 1 || s.Port > 65535:
		p.Refuse(field+".port", s.Port, "a TCP port is between 1 and 65535")
	case isZtunnelPort(s.Port):
		p.Refuse(field+".port", s.Port, "ztunnel shares the task's network and keeps the ports %d to %d", firstZtunnelPort, lastZtunnelPort)
	}
	if reason := checkFargate(s.CPUOrDefault(), s.MemoryOrDefault()); reason != "" {
		p.Refuse(field+".cpu", s.CPUOrDefault(), "with memory %d it is no Fargate size: %s", s.MemoryOrDefault(), reason)
	}
	if n := s.DesiredCountOrDefault(); n < 0 || n > maxTasks {
		p.Refuse(field+".desiredCount", n, "an ECS service has between 0 and %d tasks", maxTasks)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if name == "" || strings.ContainsAny(name, "= \x00") {
			p.Refuse(field+".environment", name, "the name of an environment variable has no blank and no =, and is not empty")
		}
	}
}

// checkEgress checks the ways out of a service that do not lead through the mesh.
func (c Config) checkEgress(p *problem.List, field string, s Service) {
	seen := map[string]string{}
	for i, rule := range s.Egress {
		at := fmt.Sprintf("%s.egress[%d]", field, i)
		if !ruleText.MatchString(rule.Description) {
			p.Refuse(at+".description", rule.Description, "EC2 allows 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *")
		}
		protocol := rule.ProtocolOrDefault()
		if protocol != "tcp" && protocol != "udp" {
			p.Refuse(at+".protocol", protocol, "choose tcp or udp")
		}
		if rule.Port < 1 || rule.Port > 65535 {
			p.Refuse(at+".port", rule.Port, "a port is between 1 and 65535")
		}
		if rule.CIDR == "" {
			p.Missing(at+".cidr", "give the IPv4 network that is called")
			continue
		}
		block, err := cidr.Parse(rule.CIDR)
		if err != nil {
			p.Because(at+".cidr", rule.CIDR, err)
			continue
		}
		key := fmt.Sprintf("%s/%s/%d", block, protocol, rule.Port)
		if other, taken := seen[key]; taken {
			p.Refuse(at, key, "%s says the same, and EC2 refuses a rule that exists", other)
		}
		seen[key] = at
		if reason := c.bypass(block, protocol, rule.Port); reason != "" {
			p.Refuse(at, key, "%s", reason)
		}
	}
}

// bypass says why a rule would lead around the mesh, or returns "".
func (c Config) bypass(block netip.Prefix, protocol string, port int) string {
	if protocol != "tcp" {
		return ""
	}
	if isZtunnelPort(port) {
		return fmt.Sprintf("the ports %d to %d are ztunnel's and istiod's: tasks already reach 15008 and 15012 in the VPCs of the mesh, and nobody else's are trusted", firstZtunnelPort, lastZtunnelPort)
	}
	for _, key := range c.AccountKeys() {
		vpc, err := cidr.Parse(c.Accounts[key].VPCCIDR)
		if err != nil || block.Bits() < vpc.Bits() || !cidr.Overlap(vpc, block) {
			continue
		}
		if service := c.serviceOnPort(key, port); service != "" {
			return fmt.Sprintf("%s listens on %d in that VPC, and a direct call would bypass mTLS and policy: call it by its hostname, through the mesh", service, port)
		}
	}
	return ""
}

// serviceOnPort names a service of an account that listens on the port.
func (c Config) serviceOnPort(account string, port int) string {
	for _, key := range c.ClusterKeys() {
		cluster := c.Clusters[key]
		for _, name := range cluster.ServiceKeys() {
			if cluster.Account == account && c.PortOf(key, name) == port {
				return "clusters." + key + ".services." + name
			}
		}
	}
	return ""
}
