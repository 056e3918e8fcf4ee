package adopt

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"ambient-ecs/config"
)

// entry is a key of the stack file with its value. Only a scalar has a comment, a constant text: no name of somebody else's is in it.
type entry struct {
	key     string
	value   any
	comment string
}

// object is an object whose keys keep their order.
type object []entry

// MarshalYAML implements yaml.Marshaler.
func (o object) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range o {
		var key, value yaml.Node
		if err := key.Encode(e.key); err != nil {
			return nil, err
		}
		if err := value.Encode(e.value); err != nil {
			return nil, err
		}
		if list, flat := e.value.([]string); flat && len(list) > 0 {
			value.Style = yaml.FlowStyle
		}
		value.LineComment = e.comment
		node.Content = append(node.Content, &key, &value)
	}
	return node, nil
}

// set appends a key that has a value.
func (o *object) set(key string, value any, comment string) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case object:
		if len(v) == 0 {
			return
		}
	}
	*o = append(*o, entry{key, value, comment})
}

const header = `# Written by "ambient adopt". docs/adoption.md says how to go on: an up with "import: unchanged" changes no service, and an up with
# "import: enrolled" makes it a member of the mesh. `

// ofOurEKS and ofTheirEKS end the header.
const (
	ofOurEKS = `The licence and who may reach the EKS API are yours:
#
#   pulumi config set --secret license
#   pulumi config set --path 'apiAccessCidrs[0]' YOUR.ADDRESS/32
`
	ofTheirEKS = `The licence is yours:
#
#   pulumi config set --secret license
`
)

// encode is the text of the stack file.
func (p *Plan) encode() ([]byte, error) {
	var accounts, clusters object
	for _, a := range p.Accounts {
		accounts.set(a.Key, p.account(a), "")
	}
	for _, t := range p.clusters {
		clusters.set(t.key, t.encode(), "")
	}
	var file object
	set := func(key string, value any, comment string) { file.set(config.Project+":"+key, value, comment) }
	set("installName", p.Install, "")
	set("region", p.Region, "")
	set("home", p.Home().Key, "the account that gets EKS and istiod")
	existing, doors := p.existingEKS()
	set("existingEks", existing, "")
	if existing != nil {
		set("testWorkloads", false, "they would take the namespace default into the mesh")
	}
	set("gatewayLoadBalancers", doors, "")
	set("policyStage", string(config.StagePermissive), "close it stage by stage (docs/policies.md)")
	switch connect := p.connect(); connect {
	case config.ConnectNone:
		why := "the networks are joined already"
		if joined, _, _ := p.joined(); !joined {
			why = "the owners of shared VPCs join the networks"
		}
		set("connect", string(connect), why)
	case config.ConnectTransitGateway:
		gateway, _ := p.hub()
		set("connect", string(connect), "the networks are attached to it already")
		set("transitGateway", object{{key: "id", value: gateway}}, "")
	}
	set("natGateways", p.natMode(), "as the networks have them")
	set("accounts", accounts, "")
	set("clusters", clusters, "")
	set("imports", p.imports(), "")
	var text bytes.Buffer
	text.WriteString(header)
	if existing != nil {
		text.WriteString(ofTheirEKS)
	} else {
		text.WriteString(ofOurEKS)
	}
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(object{{key: "config", value: file}}); err != nil {
		return nil, fmt.Errorf("write the stack file: %w", err)
	}
	return text.Bytes(), encoder.Close()
}

// connect is who joins the networks, "" for peerings of the program.
func (p *Plan) connect() config.Connect {
	joined, missing, hubs := p.joined()
	if keys, all := p.joinedByOwners(); !joined && len(keys) > 0 {
		p.Report.yours("connect: the VPC of account %s is another account's, and only that account can change its route tables. So the program joins it to nothing: let its owner join it to the other networks, by TCP 15008 and 15012 both ways (docs/networks.md#one-account-that-others-join)", strings.Join(keys, ", "))
		if all {
			return config.ConnectNone
		}
	}
	if gateway, attachments := p.hub(); !joined && gateway != "" && p.severalNetworks() {
		var attached []string
		for _, key := range slices.Sorted(maps.Keys(attachments)) {
			attached = append(attached, key+" by "+attachments[key])
		}
		p.Report.yours("connect: networks are attached to %s already (%s), and no private subnet has a route to the others. The program adds these routes, and attaches the networks that are not. Check that the gateway's route tables and its owner's firewall let them reach each other by TCP 15008 and 15012 (docs/networks.md)",
			gateway, strings.Join(attached, ", "))
		return config.ConnectTransitGateway
	}
	if !joined {
		return ""
	}
	if len(hubs) > 0 {
		p.Report.yours("connect: routes of private subnets lead to %s, so the program joins no networks: routes of its own would go around what the hub does, such as a firewall. Check that the hub lets the networks reach each other by TCP 15008 and 15012, both ways: "+
			"its own routes and firewall are not read here (docs/networks.md)", strings.Join(hubs, ", "))
	}
	if len(missing) > 0 {
		p.Report.yours("connect: some networks are joined already, so the program joins none, and these ways are missing: %s. Let the owner of the networks add them, or remove the others and the key", strings.Join(missing, "; "))
	}
	return config.ConnectNone
}

func (p *Plan) account(a Account) (o object) {
	o.set("id", a.ID, "")
	if region := p.RegionOf(a); region != p.Region {
		o.set("region", region, "")
	}
	o.set("profile", a.Profile, "")
	o.set("roleArn", a.RoleARN, "")
	o.set("domain", a.domain(), "")
	c := p.networks[a.Key]
	o.set("vpcCidr", c.cidr, "")
	if c.network == nil {
		return o
	}
	if c.owned != nil {
		var subnets object
		subnets.set("private", c.owned.private, "")
		subnets.set("public", c.owned.public, "")
		o.set("subnets", subnets, "")
		return o
	}
	joined, _, _ := p.joined()
	byOwners, all := p.joinedByOwners()
	byOwner := slices.Contains(byOwners, a.Key)
	if byOwner && !joined && !all {
		o.set("connect", string(config.AccountConnectNone), "the owner of its VPC joins it")
	}
	var n object
	n.set("vpcId", c.network.VPC.ID, "")
	n.set("secondaryCidrs", c.secondary(), "")
	n.set("unroutedCidrs", c.unrouted, "")
	n.set("privateSubnetIds", c.private, "")
	n.set("loadBalancerSubnetIds", c.balancers, "")
	if !joined && !all && !byOwner && p.severalNetworks() {
		n.set("routeTableIds", c.tables, "")
		if gateway, attachments := p.hub(); gateway != "" {
			n.set("attachmentId", attachments[a.Key], "")
		}
	}
	o.set("network", n, "")
	return o
}

// severalNetworks reports whether there is anything to join.
func (p *Plan) severalNetworks() bool {
	first := p.networks[p.Home().Key]
	for _, c := range p.networks {
		if c.network == nil || first.network == nil || c.network.VPC.ID != first.network.VPC.ID {
			return len(p.networks) > 1
		}
	}
	return false
}

func (t taken) encode() (o object) {
	o.set("account", t.account.Key, "")
	o.set("existing", t.living.Name, "")
	var services object
	for _, m := range t.services {
		services.set(m.key, m.encode(), "")
	}
	o.set("services", services, "")
	return o
}

func (m member) encode() (o object) {
	if len(m.owned) > 0 {
		return m.encodeOwned()
	}
	o.set("taskDefinition", m.file, "")
	o.set("import", string(config.ImportUnchanged), "")
	if m.Name != m.key {
		o.set("serviceName", m.Name, "")
	}
	o.set("serviceAccount", m.serviceAccount, "")
	o.set("taskRoleArn", m.role, "")
	o.set("desiredCount", m.Desired, "")
	if m.clientOnly {
		o.set("clientOnly", true, "")
	}
	if v := m.PlatformVersion; v != "LATEST" {
		o.set("platformVersion", v, "")
	}
	if m.Exec {
		o.set("exec", true, "")
	}
	if m.Healthy != config.DefaultMinimumHealthyPercent && m.Most > 0 || m.Most != config.DefaultMaximumPercent && m.Most > 0 {
		o.set("deploymentConfiguration", object{{key: "minimumHealthyPercent", value: m.Healthy}, {key: "maximumPercent", value: m.Most}}, "")
	}
	var strategy []object
	for _, provider := range m.Providers {
		strategy = append(strategy, object{{key: "capacityProvider", value: provider.Name}, {key: "base", value: provider.Base}, {key: "weight", value: provider.Weight}})
	}
	if len(strategy) > 0 {
		o.set("capacityProviderStrategy", strategy, "")
	}
	return o
}

// encodeOwned is a service that its owner keeps: who it is in the mesh, and nothing of what it runs.
func (m member) encodeOwned() (o object) {
	o.set("deployedBy", string(config.DeployedByOwner), "")
	var ports []object
	for _, p := range m.ports {
		ports = append(ports, object{{key: "port", value: p.number}, {key: "protocol", value: p.protocol}})
	}
	if len(ports) > 0 {
		o.set("ports", ports, "")
	} else {
		o.set("clientOnly", true, "")
	}
	o.set("serviceAccount", m.serviceAccount, "")
	o.set("taskRoleArn", m.role, "")
	o.set("exec", m.Exec, "")
	var owned object
	if m.Name != m.key {
		owned.set("serviceName", m.Name, "")
	}
	if m.family != m.Name {
		owned.set("family", m.family, "")
	}
	owned.set("executionRoleArn", m.executionRole, "")
	o.set("owned", owned, "")
	return o
}
