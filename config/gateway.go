package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

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

// Doors are the makers of the load balancers that stand, the one that tasks are given first.
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
