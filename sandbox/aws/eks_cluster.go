package aws

import (
	"fmt"
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
var kubernetesVersions = []string{"1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35"}

var eksName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

func eksClusterType() *resourceType {
	return &resourceType{
		token: eksClusterKind, service: "EKS", noun: "EKS Cluster",
		inputs: map[string]input{
			"accessConfig":               {computed: true, inner: []string{"authenticationMode"}},
			"bootstrapSelfManagedAddons": {replace: true, preset: true},
			"defaultAddonsToRemoves":     {replace: true, same: sameSet},
			"enabledClusterLogTypes":     {same: sameSet, check: eachOneOf("api", "audit", "authenticator", "controllerManager", "scheduler")},
			"encryptionConfig":           {},
			"forceUpdateVersion":         {},
			"kubernetesNetworkConfig":    {computed: true, inner: []string{"ipFamily", "serviceIpv4Cidr", "serviceIpv6Cidr"}},
			"name": {replace: true, auto: 100, check: func(v any) string {
				if s, _ := v.(string); !eksName.MatchString(s) {
					return "invalid value for name (must be between 1-100 characters, begin with an alphanumeric character, and contain only alphanumeric characters, hyphens and underscores)"
				}
				return ""
			}},
			"roleArn":       {required: true, replace: true},
			"tags":          tags,
			"upgradePolicy": {computed: true},
			"version":       {computed: true},
			"vpcConfig":     {required: true, inner: []string{"clusterSecurityGroupId", "endpointPrivateAccess", "endpointPublicAccess", "publicAccessCidrs", "securityGroupIds", "vpcId"}},
		},
		outputs: []string{"arn", "certificateAuthorities", "certificateAuthority", "clusterId", "createdAt", "endpoint", "identities", "platformVersion", "status"},
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
		remove: removeEKS,
		ready: func(_ *call, res *world.Resource) (bool, error) {
			return res.String("status") == "ACTIVE", nil
		},
		find: func(c *call, id string, _ map[string]any) *world.Resource {
			return c.get(eksClusterKind, c.arn("eks", "cluster/"+id))
		},
		id: func(res *world.Resource) string { return res.String("name") },
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
	const operation = "CreateCluster"
	invalid := func(format string, args ...any) error {
		return c.refuse(operation, "InvalidParameterException", format, args...)
	}
	name := text(c.in, "name")
	res.ID = c.arn("eks", "cluster/"+name)
	if c.get(eksClusterKind, res.ID) != nil {
		return c.refuse(operation, "ResourceInUseException", "Cluster already exists with name: %s", name)
	}
	if res.String("version") == "" {
		res.Props["version"] = kubernetesVersions[len(kubernetesVersions)-2]
	}
	if !slices.Contains(kubernetesVersions, res.String("version")) {
		return invalid("unsupported Kubernetes version %s", res.String("version"))
	}
	role := text(c.in, "roleArn")
	if accountOf(role) != c.account || MayAssume(c.Tx, Principal{Service: "eks.amazonaws.com"}, role, nil) != nil {
		return invalid("Role with arn: %s, could not be assumed because it does not exist or the trusted entity is not correct", role)
	}
	config := cloneMap(object(c.in, "vpcConfig"))
	subnets, err := c.clusterSubnets(operation, texts(config, "subnetIds"))
	if err != nil {
		return err
	}
	vpc := c.get(vpcKind, subnets[0].String("vpcId"))
	if !flag(vpc.Props, "enableDnsSupport") || !flag(vpc.Props, "enableDnsHostnames") {
		return invalid("The VPC %s must have DNS hostname and DNS resolution support", vpc.ID)
	}
	for _, id := range texts(config, "securityGroupIds") {
		if group := c.get(securityGroupKind, id); group == nil || group.String("vpcId") != vpc.ID {
			return invalid("The security group '%s' does not exist", id)
		}
	}
	if err := c.checkEndpoints(operation, config); err != nil {
		return err
	}
	if key := text(c.in, "encryptionConfig", "provider", "keyArn"); at(c.in, "encryptionConfig") != nil {
		if c.usableKey(key) == nil || accountOf(key) != c.account {
			return invalid("KeyArn %s in encryptionConfig provider is invalid: the key does not exist or is not enabled", key)
		}
	}
	for _, subnet := range subnets[:min(2, len(subnets))] {
		if free(c.Tx, subnet) == 0 {
			return invalid("Subnet %s has no free address for the control plane", subnet.ID)
		}
	}
	c.completeEKS(res, config, vpc)
	c.clusterGroup(res, vpc)
	for _, subnet := range subnets[:min(2, len(subnets))] {
		groups := append(texts(config, "securityGroupIds"), text(res.Props, "vpcConfig", "clusterSecurityGroupId"))
		if _, err := placeInterface(c.Tx, subnet, "eks", "Amazon EKS "+name, groups, map[string]any{"clusterArn": res.ID}); err != nil {
			return err
		}
	}
	if flag(c.in, "accessConfig", "bootstrapClusterCreatorAdminPermissions") || at(c.in, "accessConfig", "bootstrapClusterCreatorAdminPermissions") == nil {
		c.makeAccessEntry(res, c.principal, "STANDARD")
	}
	c.after(res, 8*time.Minute, map[string]any{"status": "ACTIVE"})
	return nil
}

// clusterSubnets refuses subnets that a control plane cannot be in.
func (c *call) clusterSubnets(operation string, ids []string) ([]*world.Resource, error) {
	var subnets []*world.Resource
	zones := map[string]bool{}
	for _, id := range ids {
		subnet := c.get(subnetKind, id)
		if subnet == nil {
			return nil, c.refuse(operation, "InvalidParameterException", "The subnet ID '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound)", id)
		}
		if len(subnets) > 0 && subnets[0].String("vpcId") != subnet.String("vpcId") {
			return nil, c.refuse(operation, "InvalidParameterException", "Subnets provided must all belong to the same VPC")
		}
		if z := subnet.String("availabilityZoneId"); slices.Contains(withoutEKS, z) {
			return nil, c.refuse(operation, "UnsupportedAvailabilityZoneException", "Cannot create cluster '%s' because EKS does not support creating control plane instances in %s, the targeted availability zone. Retry cluster creation using control plane subnets that span at least two other availability zones.", text(c.in, "name"), subnet.String("availabilityZone"))
		}
		zones[subnet.String("availabilityZone")] = true
		subnets = append(subnets, subnet)
	}
	if len(zones) < 2 {
		return nil, c.refuse(operation, "InvalidParameterException", "Subnets specified must be in at least two different AZs")
	}
	return subnets, nil
}

func (c *call) checkEndpoints(operation string, config map[string]any) error {
	public, set := config["endpointPublicAccess"].(bool)
	if set && !public && !flag(config, "endpointPrivateAccess") {
		return c.refuse(operation, "InvalidParameterException", "Private and public endpoint access cannot be false")
	}
	cidrs := texts(config, "publicAccessCidrs")
	if set && !public && len(cidrs) > 0 {
		return c.refuse(operation, "InvalidParameterException", "PublicAccessCidrs can only be specified when public endpoint access is enabled")
	}
	for _, cidr := range cidrs {
		p, err := netip.ParsePrefix(cidr)
		if err != nil || p.Masked() != p || p.Addr().IsPrivate() {
			return c.refuse(operation, "InvalidParameterException", "The following CIDRs are invalid in publicAccessCidrs: [%s]", cidr)
		}
	}
	return nil
}

// completeEKS fills in what EKS computes.
func (c *call) completeEKS(res *world.Resource, config map[string]any, vpc *world.Resource) {
	id := strings.ToUpper(digest(c.Tx, "eks")[:32])
	for k, v := range map[string]any{"endpointPrivateAccess": false, "endpointPublicAccess": true, "securityGroupIds": []any{}} {
		if _, ok := config[k]; !ok {
			config[k] = v
		}
	}
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
	network := map[string]any{"ipFamily": "ipv4", "serviceIpv4Cidr": service, "serviceIpv6Cidr": "", "elasticLoadBalancing": map[string]any{"enabled": false}}
	for k, v := range object(c.in, "kubernetesNetworkConfig") {
		network[k] = v
	}
	access := map[string]any{"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": true}
	for k, v := range object(c.in, "accessConfig") {
		access[k] = v
	}
	authority := clusterCertificate(id)
	res.Props["vpcConfig"], res.Props["kubernetesNetworkConfig"], res.Props["accessConfig"] = config, network, access
	res.Props["arn"], res.Props["status"], res.Props["createdAt"] = res.ID, "CREATING", stamp(c.Now)
	res.Props["clusterId"], res.Props["platformVersion"] = "", "eks."+strconv.Itoa(len(kubernetesVersions))
	res.Props["endpoint"] = fmt.Sprintf("https://%s.gr7.%s.eks.%s", id, c.region, dnsSuffix(c.region))
	res.Props["certificateAuthority"] = map[string]any{"data": authority}
	res.Props["certificateAuthorities"] = []any{map[string]any{"data": authority}}
	res.Props["identities"] = []any{map[string]any{"oidcs": []any{map[string]any{"issuer": fmt.Sprintf("https://oidc.eks.%s.%s/id/%s", c.region, dnsSuffix(c.region), id)}}}}
	if res.Props["upgradePolicy"] == nil {
		res.Props["upgradePolicy"] = map[string]any{"supportType": "EXTENDED"}
	}
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
	const operation = "UpdateClusterConfig"
	if err := c.checkEndpoints(operation, object(c.in, "vpcConfig")); err != nil {
		return err
	}
	if !sameSet(list(c.in, "vpcConfig", "subnetIds"), list(res.Props, "vpcConfig", "subnetIds")) {
		subnets, err := c.clusterSubnets(operation, texts(c.in, "vpcConfig", "subnetIds"))
		if err != nil {
			return err
		}
		if subnets[0].String("vpcId") != text(res.Props, "vpcConfig", "vpcId") {
			return c.refuse(operation, "InvalidParameterException", "Provided subnets belong to a different VPC than the existing subnets")
		}
	}
	from, to := res.String("version"), text(c.in, "version")
	if to == "" || to == from {
		return nil
	}
	was, is := slices.Index(kubernetesVersions, from), slices.Index(kubernetesVersions, to)
	switch {
	case is < 0:
		return c.refuse("UpdateClusterVersion", "InvalidParameterException", "unsupported Kubernetes version %s", to)
	case is != was+1:
		return c.refuse("UpdateClusterVersion", "InvalidParameterException", "Unsupported Kubernetes minor version update from %s to %s", from, to)
	}
	res.Props["status"] = "UPDATING"
	c.after(res, 8*time.Minute, map[string]any{"status": "ACTIVE"})
	return nil
}

func removeEKS(c *call, res *world.Resource) error {
	if res.String("status") == "DELETING" {
		return errStillGoing
	}
	if len(c.each(eksNodeGroupKind, ofCluster(res.String("name")))) > 0 {
		return c.refuse("DeleteCluster", "ResourceInUseException", "Cluster has nodegroups attached")
	}
	res.Props["status"] = "DELETING"
	c.after(res, 3*time.Minute, map[string]any{"_gone": true})
	return errStillGoing
}

// endClusters is the controller that removes deleted clusters with what EKS made for them. A security group that
// is still in use stays behind, as in life.
func endClusters(tx *world.Tx) {
	for _, res := range tx.Find("", eksClusterKind, func(r *world.Resource) bool { return flag(r.Props, "_gone") }) {
		for _, kind := range []string{eksAddonKind, eksAccessEntryKind, eksAccessPolicyKind, eksPodIdentityKind} {
			for _, r := range tx.Find(res.Account, kind, func(r *world.Resource) bool {
				return r.String("clusterName") == res.String("name") && r.Region == res.Region
			}) {
				tx.Drop(r)
			}
		}
		for _, r := range tx.Find(res.Account, interfaceKind, func(r *world.Resource) bool { return r.String("clusterArn") == res.ID }) {
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

func ofCluster(name string) func(*world.Resource) bool {
	return func(r *world.Resource) bool { return r.String("clusterName") == name }
}

// cluster returns the active cluster that an EKS operation names.
func (c *call) cluster(operation string) (*world.Resource, error) {
	name := text(c.in, "clusterName")
	res := c.get(eksClusterKind, c.arn("eks", "cluster/"+name))
	if res == nil {
		return nil, c.refuse(operation, "ResourceNotFoundException", "No cluster found for name: %s.", name)
	}
	if status := res.String("status"); status != "ACTIVE" && status != "UPDATING" {
		return nil, c.refuse(operation, "ResourceInUseException", "Cluster %s is in status %s, not ACTIVE", name, status)
	}
	return res, nil
}

// controlPlaneLogs is the controller that writes the control planes' logs.
func controlPlaneLogs(tx *world.Tx) {
	for _, r := range tx.Find("", eksClusterKind, func(r *world.Resource) bool { return len(list(r.Props, "enabledClusterLogTypes")) > 0 }) {
		writeLogs(tx, r.Account, r.Region, "/aws/eks/"+r.String("name")+"/cluster", "eks")
	}
}
