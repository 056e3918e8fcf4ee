package sandboxed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/adopt"
)

const targetKind = "aws:appautoscaling/target:Target"

// Surveyor reads what an account of the sandbox in a folder has. Other commands may use it meanwhile.
type Surveyor struct{ Folder string }

var _ adopt.Reader = Surveyor{}

// Read implements adopt.Reader.
func (s Surveyor) Read(_ context.Context, a adopt.Account, region string) (facts *adopt.Facts, err error) {
	if err := Exists(s.Folder); err != nil {
		return nil, err
	}
	w, err := world.Open(s.Folder)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	err = w.Look(func(tx *world.Tx) error {
		one := survey{tx, a.ID, region}
		facts = &adopt.Facts{Groups: map[string]adopt.Group{}, Roles: map[string]compare.Role{}}
		for _, vpc := range one.find(vpcKind) {
			facts.Networks = append(facts.Networks, one.network(vpc))
		}
		for _, c := range one.find(ecsClusterKind) {
			facts.Clusters = append(facts.Clusters, one.cluster(c))
		}
		for _, g := range one.find(groupKind) {
			facts.Groups[g.ID] = one.group(g)
		}
		for _, r := range one.find(roleKind) {
			facts.Roles[r.String("arn")] = compare.Role{ARN: r.String("arn"), Tags: api.Strings(r.Props, "tagsAll"), Trust: r.String("assumeRolePolicy"), Path: cmp.Or(r.String("path"), "/")}
		}
		for _, target := range one.find(targetKind) {
			facts.Scaled = append(facts.Scaled, strings.TrimPrefix(target.String("resourceId"), "service/"))
		}
		for _, group := range one.find(logGroupKind) {
			if name := group.String("name"); strings.HasPrefix(name, "/ecs/") {
				facts.LogGroups = append(facts.LogGroups, name)
			}
		}
		for _, c := range one.find(eksKind) {
			facts.ControlPlanes = append(facts.ControlPlanes, c.String("name"))
		}
		return nil
	})
	return facts, err
}

// survey is the reading of one account.
type survey struct {
	*world.Tx
	account, region string
}

// find returns the account's resources of a kind that exist, by id.
func (s survey) find(kind string) (found []*world.Resource) {
	for _, r := range aws.Live(s.Tx, s.account) {
		if r.Kind == kind && (r.Region == "" || r.Region == s.region) {
			found = append(found, r)
		}
	}
	return found
}

func (s survey) network(vpc *world.Resource) adopt.Network {
	n := adopt.Network{Tags: api.Strings(vpc.Props, "tagsAll"), Names: map[string]string{}, Attachments: map[string]compare.Attachment{}, Network: existing.Network{
		VPC:     &existing.VPC{ID: vpc.ID, Owner: vpc.Account, CIDR: vpc.String("cidrBlock"), DNSSupport: vpc.Props["enableDnsSupport"] == true, DNSHostnames: vpc.Props["enableDnsHostnames"] == true},
		Subnets: map[string]existing.Subnet{}, Tables: map[string]existing.Table{},
	}}
	for _, secondary := range s.find(secondaryKind) {
		if secondary.String("vpcId") == vpc.ID {
			n.VPC.Secondary = append(n.VPC.Secondary, secondary.String("cidrBlock"))
		}
	}
	slices.Sort(n.VPC.Secondary)
	n.Main, n.NATs = vpc.String("mainRouteTableId"), map[string]adopt.NAT{}
	for _, endpoint := range s.find(endpointKind) {
		if endpoint.String("vpcId") == vpc.ID && strings.HasSuffix(endpoint.String("serviceName"), ".s3") {
			n.S3 = endpoint.ID
		}
	}
	for _, attachment := range s.find(attachmentKind) {
		if state := attachment.String("_state"); attachment.String("vpcId") == vpc.ID && (state == "available" || state == "modifying") {
			n.Attachments[attachment.ID] = compare.Attachment{Gateway: attachment.String("transitGatewayId"), Carries: true}
		}
	}
	for _, table := range s.find(tableKind) {
		if table.String("vpcId") == vpc.ID {
			n.Tables[table.ID] = existing.Table{ID: table.ID, VPC: vpc.ID}
		}
	}
	for _, route := range s.find(routeKind) {
		id := route.String("routeTableId")
		table, here := n.Tables[id]
		if !here {
			continue
		}
		target := cmp.Or(route.String("natGatewayId"), route.String("transitGatewayId"), route.String("vpcPeeringConnectionId"), route.String("gatewayId"))
		table.Routes = append(table.Routes, existing.Route{CIDR: route.String("destinationCidrBlock"), Target: target})
		n.Tables[id] = table
	}
	own := map[string]string{}
	for _, association := range s.find(associationKind) {
		own[association.String("subnetId")] = association.String("routeTableId")
	}
	for _, subnet := range s.find(subnetKind) {
		if subnet.String("vpcId") != vpc.ID {
			continue
		}
		one := existing.Subnet{ID: subnet.ID, VPC: vpc.ID, CIDR: subnet.String("cidrBlock"), ZoneID: subnet.String("availabilityZoneId"), Table: cmp.Or(own[subnet.ID], vpc.String("mainRouteTableId"))}
		if prefix, err := netip.ParsePrefix(one.CIDR); err == nil {
			const keptByAWS = 5
			one.Free = 1<<(32-prefix.Bits()) - keptByAWS - len(aws.TakenAddresses(s.Tx, subnet))
		}
		n.Subnets[subnet.ID] = one
		n.Names[subnet.ID] = api.Strings(subnet.Props, "tagsAll")["Name"]
	}
	for _, nat := range s.find(natKind) {
		if _, within := n.Subnets[nat.String("subnetId")]; within {
			n.NATs[nat.ID] = adopt.NAT{Subnet: nat.String("subnetId"), Allocation: nat.String("allocationId")}
		}
	}
	return n
}

func (s survey) cluster(c *world.Resource) adopt.Cluster {
	one := adopt.Cluster{Name: c.String("name")}
	one.ARN, one.Status, one.Tags = c.ID, cmp.Or(c.String("_status"), "ACTIVE"), api.Strings(c.Props, "tagsAll")
	for _, setting := range api.Maps(c.Props, "settings") {
		one.Insights = one.Insights || api.String(setting, "name") == "containerInsights" && api.String(setting, "value") != "disabled"
	}
	for _, service := range s.find(aws.ServiceKind) {
		if service.String("_cluster") == c.ID {
			one.Services = append(one.Services, s.service(service))
		}
	}
	return one
}

func (s survey) service(r *world.Resource) adopt.Service {
	one := adopt.Service{
		Name: r.String("name"), Desired: int(api.Int(r.Props, "desiredCount")), PlatformVersion: r.String("platformVersion"), Exec: r.Props["enableExecuteCommand"] == true,
		Healthy: int(api.Int(r.Props, "deploymentMinimumHealthyPercent")), Most: int(api.Int(r.Props, "deploymentMaximumPercent")),
	}
	one.Controller, one.LaunchType, one.Scheduling = api.String(r.Props, "deploymentController", "type"), r.String("launchType"), r.String("schedulingStrategy")
	one.Groups = texts(r.Props, "networkConfiguration", "securityGroups")
	one.Subnets, one.Tags = texts(r.Props, "networkConfiguration", "subnets"), api.Strings(r.Props, "tagsAll")
	for _, p := range api.Maps(r.Props, "capacityProviderStrategies") {
		one.Providers = append(one.Providers, compare.Provider{Name: api.String(p, "capacityProvider"), Base: int(api.Int(p, "base")), Weight: int(api.Int(p, "weight"))})
	}
	if d := s.Get(s.account, aws.TaskDefinitionKind, r.String("taskDefinition")); d != nil {
		one.Definition, one.TaskRole = described(d), d.String("taskRoleArn")
	}
	return one
}

// described is a task definition as AWS's command line prints it.
func described(r *world.Resource) []byte {
	members := map[string]any{"taskDefinitionArn": r.ID, "containerDefinitions": json.RawMessage(r.String("containerDefinitions"))}
	for _, name := range []string{"family", "cpu", "memory", "networkMode", "requiresCompatibilities", "taskRoleArn", "executionRoleArn", "runtimePlatform", "ephemeralStorage", "volumes", "revision"} {
		if value, set := r.Props[name]; set && value != "" {
			members[name] = value
		}
	}
	if size := api.Int(r.Props, "ephemeralStorage", "sizeInGib"); size != 0 {
		members["ephemeralStorage"] = map[string]any{"sizeInGiB": size} // Pulumi writes it otherwise than AWS
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(members) != nil {
		return nil // what the sandbox keeps has been JSON before
	}
	return text.Bytes()
}

func (s survey) group(r *world.Resource) adopt.Group {
	one := adopt.Group{Name: r.String("name")}
	for _, rule := range s.find(ingressKind) {
		if rule.String("securityGroupId") == r.ID && (rule.String("cidrIpv4") == "0.0.0.0/0" || rule.String("cidrIpv6") == "::/0") {
			one.Open = append(one.Open, adopt.Ports(rule.String("ipProtocol"), int(api.Int(rule.Props, "fromPort")), int(api.Int(rule.Props, "toPort"))))
		}
	}
	return one
}
