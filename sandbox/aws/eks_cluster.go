package aws

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ambient-ecs/sandbox/world"
)

const eksClusterKind = "aws:eks/cluster:Cluster"

// kubernetesVersions are those that EKS offers, oldest first.
var kubernetesVersions = []string{"1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36"}

var eksName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

func eksClusterType() *resourceType {
	return &resourceType{
		token: eksClusterKind, service: "EKS", noun: "EKS Cluster", creates: "CreateCluster", updates: "UpdateClusterConfig", deletes: "DeleteCluster",
		inputs: map[string]input{
			"accessConfig":               {computed: true, inner: values{"authenticationMode": nil}},
			"bootstrapSelfManagedAddons": {replace: true, preset: true},
			"defaultAddonsToRemoves":     {replace: true, same: sameSet},
			"enabledClusterLogTypes":     {same: sameSet, check: eachOneOf("api", "audit", "authenticator", "controllerManager", "scheduler")},
			"encryptionConfig":           {},
			"forceUpdateVersion":         {},
			"kubernetesNetworkConfig":    {computed: true, inner: values{"ipFamily": nil, "serviceIpv4Cidr": nil, "serviceIpv6Cidr": nil}},
			"name": {replace: true, auto: 100, check: func(v any) string {
				if s, _ := v.(string); !eksName.MatchString(s) {
					return "invalid value for name (must be between 1-100 characters, begin with an alphanumeric character, and contain only alphanumeric characters, hyphens and underscores)"
				}
				return ""
			}},
			"roleArn":       {required: true, replace: true},
			"tags":          tags,
			"upgradePolicy": {chosen: map[string]any{"supportType": "EXTENDED"}, check: field("supportType", oneOf("STANDARD", "EXTENDED"))},
			"version":       {chosen: kubernetesVersions[len(kubernetesVersions)-2]},
			"vpcConfig": {required: true, inner: values{
				"clusterSecurityGroupId": nil, "endpointPrivateAccess": false, "endpointPublicAccess": true, "publicAccessCidrs": nil, "securityGroupIds": []any{}, "vpcId": nil,
			}},
			"zonalShiftConfig": {},
		},
		outputs: values{
			"arn": "${id}", "clusterId": "", "createdAt": "${Now}", "platformVersion": "eks." + strconv.Itoa(len(kubernetesVersions)), "status": nil,
			"certificateAuthorities": nil, "certificateAuthority": nil, "endpoint": nil, "identities": nil,
		},
		key:     arn("eks", "cluster/${name}"),
		known:   "${name}",
		missing: refusal{"ResourceNotFoundException", "No cluster found for name: ${id}."},
		taken:   refusal{"ResourceInUseException", "Cluster already exists with name: ${name}"},
		holders: []link{{kind: eksNodeGroupKind, property: "clusterName", of: "name"}},
		held:    refusal{"ResourceInUseException", "Cluster has nodegroups attached"},
		life: &life{
			property: "status", making: "CREATING", ready: "ACTIVE", deleting: "DELETING", makes: Latencies[eksClusterKind].Create, deletes: Latencies[eksClusterKind].Delete,
			gone: map[string]any{"_gone": true},
		},
		replaces: func(old, now map[string]any) []string {
			var paths []string
			for _, path := range [][]string{{"accessConfig", "bootstrapClusterCreatorAdminPermissions"}, {"kubernetesNetworkConfig", "ipFamily"}, {"kubernetesNetworkConfig", "serviceIpv4Cidr"}, {"encryptionConfig"}} {
				was, is := at(old, path...), at(now, path...)
				// Encryption can be added later, but not changed.
				if was != nil && is != nil && !sameValue(was, is) || path[0] == "encryptionConfig" && was != nil && is == nil {
					paths = append(paths, strings.Join(path, "."))
				}
			}
			return paths
		},
		create: createEKS,
		update: updateEKS,
	}
}

func eachOneOf(allowed ...string) func(any) string {
	check := oneOf(allowed...)
	return func(v any) string {
		l, _ := v.([]any)
		for _, e := range l {
			if reason := check(e); reason != "" {
				return reason
			}
		}
		return ""
	}
}

func createEKS(c *call, res *world.Resource) error {
	name := text(c.in, "name")
	if version := res.String("version"); !slices.Contains(kubernetesVersions, version) {
		return c.invalid("unsupported Kubernetes version %s", version)
	}
	role := text(c.in, "roleArn")
	if AccountOf(role) != c.account || MayAssume(c.Tx, Principal{Service: "eks.amazonaws.com"}, role, map[string]string{"aws:SourceAccount": c.account, "aws:SourceArn": c.arn("eks", "cluster/"+name)}) != nil {
		return c.invalid("Role with arn: %s, could not be assumed because it does not exist or the trusted entity is not correct", role)
	}
	config := object(res.Props, "vpcConfig")
	subnets, err := c.clusterSubnets(texts(config, "subnetIds"))
	if err != nil {
		return err
	}
	vpc := c.get(vpcKind, subnets[0].String("vpcId"))
	if !flag(vpc.Props, "enableDnsSupport") || !flag(vpc.Props, "enableDnsHostnames") {
		return c.invalid("The VPC %s must have DNS hostname and DNS resolution support", vpc.ID)
	}
	for _, id := range texts(config, "securityGroupIds") {
		if group := c.get(securityGroupKind, id); group == nil || group.String("vpcId") != vpc.ID {
			return c.invalid("The security group '%s' does not exist", id)
		}
	}
	if err := c.checkEndpoints(); err != nil {
		return err
	}
	if key := text(c.in, "encryptionConfig", "provider", "keyArn"); at(c.in, "encryptionConfig") != nil {
		if ParseARN(key).Service != "kms" {
			return c.invalid("The keyArn for encryptionConfig is invalid.")
		}
		if c.usableKey(key) == nil || AccountOf(key) != c.account {
			return c.invalid("The KeyArn in encryptionConfig provider %s is not found.", key)
		}
	}
	// EKS puts its interfaces into two of the subnets.
	for _, subnet := range subnets[:2] {
		if free(c.Tx, subnet) == 0 {
			return c.invalid("Subnet %s has no free address for the control plane", subnet.ID)
		}
	}
	c.completeEKS(res, vpc)
	c.clusterGroup(res, vpc)
	for _, subnet := range subnets[:2] {
		groups := append(texts(config, "securityGroupIds"), text(config, "clusterSecurityGroupId"))
		if _, err := placeInterface(c.Tx, subnet, "eks", "Amazon EKS "+name, groups, map[string]any{"clusterArn": res.ID}); err != nil {
			return err
		}
	}
	if flag(res.Props, "accessConfig", "bootstrapClusterCreatorAdminPermissions") {
		c.makeAccessEntry(res, c.principal, "STANDARD")
	}
	return nil
}

// clusterSubnets refuses subnets that a control plane cannot be in.
func (c *call) clusterSubnets(ids []string) ([]*world.Resource, error) {
	var subnets []*world.Resource
	zones := map[string]bool{}
	for _, id := range ids {
		subnet := c.get(subnetKind, id)
		if subnet == nil {
			return nil, c.invalid("The subnet ID '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound)", id)
		}
		if len(subnets) > 0 && subnets[0].String("vpcId") != subnet.String("vpcId") {
			return nil, c.invalid("Subnets provided must all belong to the same VPC")
		}
		if z := subnet.String("availabilityZoneId"); slices.Contains(withoutEKS, z) {
			return nil, c.refuse("UnsupportedAvailabilityZoneException", "Cannot create cluster '%s' because EKS does not support creating control plane instances in %s, the targeted availability zone. "+
				"Retry cluster creation using control plane subnets that span at least two of these availability zones: %s. "+
				"Note, post cluster creation, you can run worker nodes in separate subnets/availability zones from control plane subnets/availability zones passed during cluster creation",
				text(c.in, "name"), subnet.String("availabilityZone"), strings.Join(c.zonesWithEKS(), ", "))
		}
		zones[subnet.String("availabilityZone")] = true
		subnets = append(subnets, subnet)
	}
	if len(zones) < 2 {
		return nil, c.invalid("Subnets specified must be in at least two different AZs")
	}
	return subnets, nil
}

// zonesWithEKS are the names of the account's zones in which EKS makes control planes.
func (c *call) zonesWithEKS() (names []string) {
	for _, z := range zonesOf(c.account, c.region) {
		if !slices.Contains(withoutEKS, z.id) {
			names = append(names, z.name)
		}
	}
	return names
}

func (c *call) checkEndpoints() error {
	config := object(c.in, "vpcConfig")
	public, set := config["endpointPublicAccess"].(bool)
	if set && !public && !flag(config, "endpointPrivateAccess") {
		return c.invalid("Private and public endpoint access cannot be false")
	}
	cidrs := texts(config, "publicAccessCidrs")
	if set && !public && len(cidrs) > 0 {
		return c.invalid("PublicAccessCidrs can only be specified when public endpoint access is enabled")
	}
	for _, cidr := range cidrs {
		p, err := netip.ParsePrefix(cidr)
		if err != nil || p.Masked() != p || p.Addr().IsPrivate() {
			return c.invalid("The following CIDRs are invalid in publicAccessCidrs: [%s]", cidr)
		}
	}
	return nil
}

// completeEKS fills in what EKS computes.
func (c *call) completeEKS(res, vpc *world.Resource) {
	id := strings.ToUpper(digest(c.Tx, "eks")[:32])
	config := object(res.Props, "vpcConfig")
	config["vpcId"] = vpc.ID
	if len(texts(config, "publicAccessCidrs")) == 0 {
		config["publicAccessCidrs"] = []any{}
		if flag(config, "endpointPublicAccess") {
			config["publicAccessCidrs"] = []any{"0.0.0.0/0"}
		}
	}
	service := "10.100.0.0/16"
	if strings.HasPrefix(vpc.String("cidrBlock"), "10.") {
		service = "172.20.0.0/16"
	}
	for block, defaults := range map[string]map[string]any{
		"kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": service, "serviceIpv6Cidr": "", "elasticLoadBalancing": map[string]any{"enabled": false}},
		"accessConfig":            {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": true},
	} {
		maps.Copy(defaults, object(res.Props, block))
		res.Props[block] = defaults
	}
	authority := clusterCertificate(id)
	res.Props["endpoint"] = fmt.Sprintf("https://%s.gr7.%s.eks.%s", id, c.region, dnsSuffix(c.region))
	res.Props["certificateAuthority"] = map[string]any{"data": authority}
	res.Props["certificateAuthorities"] = []any{map[string]any{"data": authority}}
	res.Props["identities"] = []any{map[string]any{"oidcs": []any{map[string]any{"issuer": fmt.Sprintf("https://oidc.eks.%s.%s/id/%s", c.region, dnsSuffix(c.region), id)}}}}
}

// issuerOf is the URL of a cluster's identity provider.
func issuerOf(cluster *world.Resource) string {
	return text(cluster.Props, "identities", "oidcs", "issuer")
}

// clusterGroup makes the security group that control plane and managed nodes share. EKS tags it as the cluster's.
func (c *call) clusterGroup(res *world.Resource, vpc *world.Resource) {
	name := res.String("name")
	group := c.newGroup(vpc.ID, fmt.Sprintf("eks-cluster-sg-%s-%d", name, 1000000000+c.NextSerial()),
		"EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.", "eks")
	group.Props["tags"] = map[string]any{"Name": group.String("name"), "kubernetes.io/cluster/" + name: "owned", "aws:eks:cluster-name": name}
	group.Props["tagsAll"] = clone(group.Props["tags"])
	c.openGroup(group)
	object(res.Props, "vpcConfig")["clusterSecurityGroupId"] = group.ID
}

func updateEKS(c *call, res *world.Resource) error {
	if err := c.checkEndpoints(); err != nil {
		return err
	}
	if !sameSet(list(c.in, "vpcConfig", "subnetIds"), list(res.Props, "vpcConfig", "subnetIds")) {
		subnets, err := c.clusterSubnets(texts(c.in, "vpcConfig", "subnetIds"))
		if err != nil {
			return err
		}
		if subnets[0].String("vpcId") != text(res.Props, "vpcConfig", "vpcId") {
			return c.invalid("Provided subnets belong to a different VPC than the existing subnets")
		}
	}
	from, to := res.String("version"), text(c.in, "version")
	if to == "" || to == from {
		return nil
	}
	was, is := slices.Index(kubernetesVersions, from), slices.Index(kubernetesVersions, to)
	switch {
	case is < 0:
		return c.refuseIn("UpdateClusterVersion", "InvalidParameterException", "unsupported Kubernetes version %s", to)
	case is != was+1:
		return c.refuseIn("UpdateClusterVersion", "InvalidParameterException", "Unsupported Kubernetes minor version update from %s to %s", from, to)
	}
	res.Props["status"] = "UPDATING"
	c.after(res, 8*time.Minute, map[string]any{"status": "ACTIVE"})
	return nil
}

// endClusters is the controller that removes deleted clusters with what EKS made for them. A security group that
// is still in use stays behind, as it does on AWS.
func endClusters(tx *world.Tx) {
	for _, res := range tx.Find("", eksClusterKind, func(r *world.Resource) bool { return flag(r.Props, "_gone") }) {
		for _, kind := range []string{eksAddonKind, eksAccessEntryKind, eksAccessPolicyKind, eksPodIdentityKind} {
			for _, r := range tx.Find(res.Account, kind, func(r *world.Resource) bool {
				return r.String("clusterName") == res.String("name") && r.Region == res.Region
			}) {
				tx.Drop(r)
			}
		}
		for _, r := range tx.Find(res.Account, interfaceKind, Has("clusterArn", res.ID)) {
			tx.Drop(r)
		}
		group := tx.Get(res.Account, securityGroupKind, text(res.Props, "vpcConfig", "clusterSecurityGroupId"))
		if group != nil && !groupInUse(tx, group) {
			dropGroup(tx, group)
		}
		tx.DropObjects(res.ID)
		tx.Drop(res)
	}
}

// cluster returns the active cluster that an EKS operation names.
func (c *call) cluster() (*world.Resource, error) {
	name := text(c.in, "clusterName")
	res, err := c.named(eksClusterKind, name)
	if err != nil {
		return nil, err
	}
	if status := res.String("status"); status != "ACTIVE" && status != "UPDATING" {
		return nil, c.refuse("ResourceInUseException", "Cluster %s is in status %s, not ACTIVE", name, status)
	}
	return res, nil
}

// controlPlaneLogs is the controller that writes the control planes' logs.
func controlPlaneLogs(tx *world.Tx) {
	for _, r := range tx.Find("", eksClusterKind, func(r *world.Resource) bool { return len(list(r.Props, "enabledClusterLogTypes")) > 0 }) {
		writeLogs(tx, r.Account, r.Region, "/aws/eks/"+r.String("name")+"/cluster", "eks")
	}
}
