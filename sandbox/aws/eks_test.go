package aws

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

func TestClusterComesWithWhatEKSMakes(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	u.imported(e.cluster, "mesh")
	u.see(func(tx *world.Tx) {
		group := tx.Get(home, securityGroupKind, e.cluster.out("vpcConfig", "clusterSecurityGroupId"))
		if group == nil || group.Owner != "eks" || text(group.Props, "tags", "kubernetes.io/cluster/mesh") != "owned" {
			t.Fatalf("the cluster security group is %v", group)
		}
		if n := len(tx.Find(home, interfaceKind, func(r *world.Resource) bool { return r.Owner == "eks" })); n != 2 {
			t.Errorf("EKS has %d interfaces", n)
		}
	})
	authority, err := base64.StdEncoding.DecodeString(e.cluster.out("certificateAuthority", "data"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(authority)
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	issuer := e.cluster.out("identities", "oidcs", "issuer")
	if !strings.HasPrefix(issuer, "https://oidc.eks.eu-central-1.amazonaws.com/id/") {
		t.Fatal(issuer)
	}
	u.create(oidcProviderKind, "p", props{"url": issuer, "clientIdLists": []any{"sts.amazonaws.com"}})
	u.mustDelete(e.cluster)
	u.see(func(tx *world.Tx) {
		for _, r := range tx.Find("", "", nil) {
			if r.Owner == "eks" {
				t.Errorf("EKS left %s %s", r.Kind, r.ID)
			}
		}
	})
}

func TestClusterPreviewLeavesComputedFieldsOpen(t *testing.T) {
	u := newSandbox(t).login(home)
	r, _ := u.check(eksClusterKind, "c", props{"roleArn": provider.Unknown, "vpcConfig": props{"subnetIds": provider.Unknown}})
	r.Preview = true
	_, state, err := u.session.Create(context.Background(), r)
	if err != nil || !provider.IsUnknown(at(state, "vpcConfig", "clusterSecurityGroupId")) || !provider.IsUnknown(state["endpoint"]) {
		t.Fatalf("%v %v", err, state)
	}
}

func TestClusterRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	e := u.controlPlane(n)
	in := with(e.clusterProps(), props{"name": "other"})
	vpc := func(change props) props {
		return with(in, props{"vpcConfig": with(in["vpcConfig"].(props), change)})
	}
	u.refuses(eksClusterKind, "same-name", e.clusterProps(), "ResourceInUseException", "Cluster already exists with name: mesh")
	u.refuses(eksClusterKind, "one-zone", vpc(props{"subnetIds": []any{n.private[0].ID, n.public[0].ID}}), "InvalidParameterException", "at least two different AZs")
	u.refuses(eksClusterKind, "no-subnet", vpc(props{"subnetIds": []any{"subnet-0"}}), "InvalidSubnetID.NotFound")
	u.refuses(eksClusterKind, "no-group", vpc(props{"securityGroupIds": []any{"sg-0"}}), "The security group 'sg-0' does not exist")
	u.refuses(eksClusterKind, "no-door", vpc(props{"endpointPrivateAccess": false}), "endpoint access cannot be false")
	u.refuses(eksClusterKind, "old", with(in, props{"version": "1.20"}), "unsupported Kubernetes version 1.20")
	u.refuses(eksClusterKind, "no-role", with(in, props{"roleArn": "arn:aws:iam::111111111111:role/none"}), "could not be assumed because it does not exist or the trusted entity is not correct")
	u.refuses(eksClusterKind, "wrong-role", with(in, props{"roleArn": e.nodeRole.out("arn")}), "trusted entity is not correct")
	u.refuses(eksClusterKind, "no-key", with(in, props{"encryptionConfig": props{"provider": props{"keyArn": "arn:aws:kms:eu-central-1:111111111111:key/none"}, "resources": []any{"secrets"}}}), "encryptionConfig")
	if c := u.diff(e.cluster, with(e.clusterProps(), props{"roleArn": "arn:aws:iam::111111111111:role/x"})); len(c.Replace) != 1 || !c.DeleteFirst {
		t.Fatalf("%v", c)
	}
	err := u.change(e.cluster, with(e.clusterProps(), props{"version": "1.33"}))
	refused(t, err, "Unsupported Kubernetes minor version update from 1.34 to 1.33")
	if err := u.change(e.cluster, with(e.clusterProps(), props{"version": "1.35"})); err != nil {
		t.Fatal(err)
	}
}

// What EKS does at the end of standard support, and zonal shift, change in place.
func TestSupportAndZonalShiftChangeInPlace(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	if support := e.cluster.out("upgradePolicy", "supportType"); support != "EXTENDED" {
		t.Errorf("EKS chose %s", support)
	}
	in := with(e.clusterProps(), props{"upgradePolicy": props{"supportType": "STANDARD"}, "zonalShiftConfig": props{"enabled": true}})
	if c := u.diff(e.cluster, in); len(c.Changed) != 2 || len(c.Replace) != 0 {
		t.Fatalf("%v", c)
	}
	if err := u.change(e.cluster, in); err != nil || e.cluster.out("upgradePolicy", "supportType") != "STANDARD" {
		t.Errorf("%v %v", err, e.cluster.State)
	}
	if _, failures := u.check(eksClusterKind, "policy", with(in, props{"upgradePolicy": props{"supportType": "LONG"}})); len(failures) != 1 {
		t.Errorf("an upgrade policy that EKS does not know: %v", failures)
	}
}

func TestClusterNeedsAZoneWithControlPlanes(t *testing.T) {
	s := newSandbox(t)
	u := s.loginWith(props{"region": "us-east-1", "allowedAccountIds": []any{home}})
	vpc := u.create(vpcKind, "v", props{"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": true})
	var subnets []any
	for i, z := range []string{"use1-az1", "use1-az3"} {
		subnets = append(subnets, u.create(subnetKind, z, props{"vpcId": vpc.ID, "cidrBlock": "10.1." + string(rune('0'+i)) + ".0/24", "availabilityZoneId": z}).ID)
	}
	role := u.role("eks", "eks.amazonaws.com")
	u.refuses(eksClusterKind, "c", props{"name": "c", "roleArn": role.out("arn"), "vpcConfig": props{"subnetIds": subnets}}, "UnsupportedAvailabilityZoneException")
}

func TestNodesJoin(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	group := u.nodes(e)
	u.see(func(tx *world.Tx) {
		if n := len(Nodes(tx, home, region, "mesh")); n != 2 {
			t.Fatalf("%d nodes", n)
		}
	})
	refused(t, u.delete(e.cluster), "ResourceInUseException", "Cluster has nodegroups attached")
	refused(t, u.delete(e.net.private[0]), "DependencyViolation")
	if err := u.change(group, with(e.nodeProps(), props{"scalingConfig": props{"minSize": 2.0, "desiredSize": 3.0, "maxSize": 3.0}})); err != nil {
		t.Fatal(err)
	}
	u.see(func(tx *world.Tx) {
		if n := len(Nodes(tx, home, region, "mesh")); n != 3 {
			t.Fatalf("%d nodes", n)
		}
	})
	u.mustDelete(group, e.cluster)
}

// An update replaces every node: as many more than twice the zones of the group, and then the old ones go.
func TestAReleaseOfTheImageIsRolledOut(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	u.addon(e, "vpc-cni")
	in := with(e.nodeProps(), props{"version": "1.34", "releaseVersion": "1.34.1-20251016"})
	group := u.create(eksNodeGroupKind, "nodes", in)
	nodes := func() (ids []string) {
		u.see(func(tx *world.Tx) {
			for _, node := range tx.Find(home, instanceKind, nil) {
				ids = append(ids, node.ID)
			}
		})
		return ids
	}
	next := with(in, props{"releaseVersion": "1.34.2-20251120", "nodeRepairConfig": props{"enabled": true}})
	if c := u.diff(group, next); !slices.Equal(c.Changed, []string{"nodeRepairConfig", "releaseVersion"}) || len(c.Replace) != 0 {
		t.Fatalf("%v", c)
	}
	before, most, done := nodes(), 0, make(chan struct{})
	go func() {
		defer close(done)
		for {
			most = max(most, len(nodes()))
			select {
			case done <- struct{}{}:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	err := u.change(group, next)
	<-done
	if err != nil || group.out("releaseVersion") != "1.34.2-20251120" {
		t.Fatalf("%v %v", err, group.State)
	}
	if want := 2 + 2*len(texts(in, "subnetIds")); most != want {
		t.Errorf("the update had %d nodes at most, want %d", most, want)
	}
	after := nodes()
	if len(after) != 2 || slices.Contains(before, after[0]) || slices.Contains(before, after[1]) {
		t.Errorf("the nodes %v became %v", before, after)
	}
	u.unchanged(group)
	refused(t, u.change(group, with(in, props{"releaseVersion": "1.33.5-20251120"})), "InvalidParameterException", "release version 1.33.5-20251120 is invalid")
	refused(t, u.change(group, in), "InvalidParameterException", "1.34.1-20251016 is older than its release version 1.34.2-20251120")
	refused(t, u.change(group, with(in, props{"version": "1.33", "releaseVersion": "1.33.5-20251220"})), "InvalidParameterException", "version 1.33 is older than its version 1.34")
	if c := u.diff(group, with(in, props{"amiType": "BOTTLEROCKET_x86_64"})); len(c.Replace) != 1 {
		t.Errorf("another image: %v", c)
	}
}

func TestReleasesAreOrderedByDayOrByVersion(t *testing.T) {
	for _, c := range []struct{ image, older, newer string }{
		{"AL2023_x86_64_STANDARD", "1.34.9-20251016", "1.34.10-20251120"},
		{"BOTTLEROCKET_x86_64", "1.9.0-ffffffff", "1.47.0-00000000"},
		{"BOTTLEROCKET_ARM_64", "1.47.0-20990101", "1.47.1-20200101"},
	} {
		if released(c.image, c.older) >= released(c.image, c.newer) {
			t.Errorf("%s is not older than %s", c.older, c.newer)
		}
	}
}

// Where the new nodes do not join, the update fails, the old nodes stay, and the next update tries again.
func TestAnUpdateWhoseNodesDoNotJoinChangesNothing(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	plugin := u.addon(e, "vpc-cni")
	in := with(e.nodeProps(), props{"version": "1.34", "releaseVersion": "1.34.1-20251016"})
	group := u.create(eksNodeGroupKind, "nodes", in)
	var before []*world.Resource
	u.see(func(tx *world.Tx) { before = tx.Find(home, instanceKind, nil) })
	u.mustDelete(plugin)
	next := with(in, props{"releaseVersion": "1.34.2-20251120"})
	err := u.change(group, next)
	refused(t, err, "unexpected state 'Failed', wanted target 'Successful'", "cni plugin not initialized")
	if partial, ok := err.(*provider.PartialError); !ok || text(partial.State, "releaseVersion") != "1.34.1-20251016" {
		t.Fatalf("%v", err)
	}
	u.eventually("the surplus goes and the old nodes stay", func(tx *world.Tx) bool {
		return slices.EqualFunc(tx.Find(home, instanceKind, nil), before, func(a, b *world.Resource) bool { return a.ID == b.ID && !Cordoned(a) })
	})
	u.addon(e, "vpc-cni")
	if err := u.change(group, next); err != nil || group.out("releaseVersion") != "1.34.2-20251120" {
		t.Fatalf("%v %v", err, group.State)
	}
}

func TestNodesThatCannotJoinFailTheGroup(t *testing.T) {
	t.Parallel()
	t.Run("no network plug-in", func(t *testing.T) {
		u := newSandbox(t).login(home)
		e := u.controlPlane(u.network("1"))
		_, err := u.try(eksNodeGroupKind, "nodes", e.nodeProps())
		refused(t, err, "unexpected state 'CREATE_FAILED'", "NodeCreationFailure", "cni plugin not initialized")
		if _, ok := err.(*provider.PartialError); !ok {
			t.Fatalf("%T", err)
		}
	})
	t.Run("a key that Auto Scaling may not use", func(t *testing.T) {
		u := newSandbox(t).login(home)
		e := u.controlPlane(u.network("1"))
		u.addon(e, "vpc-cni")
		key := u.create(kmsKeyKind, "k", props{})
		template := u.create(launchTemplateKind, "t", props{"blockDeviceMappings": []any{props{"deviceName": "/dev/xvda", "ebs": props{"encrypted": "true", "kmsKeyId": key.out("arn")}}}})
		in := with(e.nodeProps(), props{"launchTemplate": props{"id": template.ID, "version": "1"}})
		_, err := u.try(eksNodeGroupKind, "nodes", in)
		refused(t, err, "unexpected state 'CREATE_FAILED'", "AsgInstanceLaunchFailures", "Client.InternalError")
		scaling := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::` + home + `:root","arn:aws:iam::` + home +
			`:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"]},"Action":"kms:*","Resource":"*"}]}`
		if err := u.change(key, props{"policy": scaling}); err != nil {
			t.Fatal(err)
		}
		if _, err := u.try(eksNodeGroupKind, "again", with(in, props{"nodeGroupName": "again"})); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("no way out", func(t *testing.T) {
		u := newSandbox(t).login(home)
		e := u.controlPlane(u.network("1"))
		u.addon(e, "vpc-cni")
		u.mustDelete(e.net.routes[len(e.net.routes)-1])
		u.refuses(eksNodeGroupKind, "nodes", e.nodeProps(), "NodeCreationFailure", "no route to the internet")
	})
	t.Run("no policy", func(t *testing.T) {
		u := newSandbox(t).login(home)
		e := u.controlPlane(u.network("1"))
		u.addon(e, "vpc-cni")
		bare := u.role("bare", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy")
		u.refuses(eksNodeGroupKind, "nodes", with(e.nodeProps(), props{"nodeRoleArn": bare.out("arn")}), "AccessDenied", "ecr:GetDownloadUrlForLayer")
	})
}

func TestNodeGroupRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	u.nodes(e)
	in := with(e.nodeProps(), props{"nodeGroupName": "more"})
	u.refuses(eksNodeGroupKind, "again", e.nodeProps(), "ResourceInUseException")
	u.refuses(eksNodeGroupKind, "no-cluster", with(in, props{"clusterName": "none"}), "ResourceNotFoundException", "No cluster found for name: none.")
	u.refuses(eksNodeGroupKind, "wrong-role", with(in, props{"nodeRoleArn": e.role.out("arn")}), "ec2.amazonaws.com", "trust relationships")
	u.refuses(eksNodeGroupKind, "types", with(in, props{"instanceTypes": []any{"enormous"}}), "do not exist: [enormous]")
	u.refuses(eksNodeGroupKind, "size", with(in, props{"scalingConfig": props{"minSize": 1.0, "desiredSize": 5.0, "maxSize": 3.0}}), "can't be greater than max size 3")
	u.refuses(eksNodeGroupKind, "newer", with(in, props{"version": "1.35"}), "must not be newer")
	u.refuses(eksNodeGroupKind, "processor", with(in, props{"amiType": "AL2023_ARM_64_STANDARD"}), "is not a valid instance type for requested amiType AL2023_ARM_64_STANDARD")
	u.refuses(eksNodeGroupKind, "image", with(in, props{"instanceTypes": []any{"m7g.large"}}), "[m7g.large] is not a valid instance type for requested amiType")
	if _, failures := u.check(eksNodeGroupKind, "taint", with(in, props{"taints": []any{props{"key": "a", "effect": "NoSchedule"}}})); len(failures) != 1 {
		t.Errorf("a taint in Kubernetes's words: %v", failures)
	}
	template := u.create(launchTemplateKind, "t", props{"metadataOptions": props{"httpTokens": "required"}})
	u.refuses(eksNodeGroupKind, "disk", with(in, props{"diskSize": 50.0, "launchTemplate": props{"id": template.ID, "version": "1"}}), "Disk size must be specified within the launch template")
	u.refuses(eksNodeGroupKind, "version", with(in, props{"launchTemplate": props{"id": template.ID, "version": "2"}}), "Could not find the specified version 2")
	u.refuses(launchTemplateKind, "group", props{"vpcSecurityGroupIds": []any{"sg-0"}}, "InvalidGroup.NotFound")
	refused(t, u.delete(e.nodeRole), "DeleteConflict", "instance profile")
}

func TestLaunchTemplateChangesAreVersions(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"metadataOptions": props{"httpTokens": "required"}, "updateDefaultVersion": true}
	m := u.create(launchTemplateKind, "t", in)
	for name, c := range map[string]struct {
		change props
		want   []string
	}{
		"other options":        {props{"metadataOptions": props{"httpTokens": "optional"}}, []string{"defaultVersion", "latestVersion"}},
		"tags alone":           {props{"tags": props{"a": "b"}}, []string{"defaultVersion", "latestVersion"}},
		"a description":        {props{"description": "nodes"}, nil},
		"no more default":      {props{"updateDefaultVersion": nil}, nil},
		"a version of its own": {props{"updateDefaultVersion": nil, "tags": props{"a": "b"}}, []string{"latestVersion"}},
	} {
		if got := u.diff(m, with(in, c.change)).Computed; !slices.Equal(got, c.want) {
			t.Errorf("%s: the plan shows %v as changed, want %v", name, got, c.want)
		}
	}
	if err := u.change(m, with(in, props{"metadataOptions": props{"httpTokens": "optional"}})); err != nil {
		t.Fatal(err)
	}
	if number(m.State, "latestVersion") != 2 || number(m.State, "defaultVersion") != 2 {
		t.Fatalf("%v", m.State)
	}
	if err := u.change(m, with(m.Inputs, props{"tags": props{"a": "b"}})); err != nil || number(m.State, "latestVersion") != 2 {
		t.Fatalf("%v %v", err, m.State["latestVersion"])
	}
}

func TestAddonRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	in := props{"clusterName": "mesh", "addonName": "vpc-cni", "addonVersion": "v1.20.1-eksbuild.3"}
	u.create(eksAddonKind, "cni", in)
	u.refuses(eksAddonKind, "again", in, "ResourceInUseException", "Addon already exists")
	u.refuses(eksAddonKind, "name", with(in, props{"addonName": "vpc-cnx"}), "InvalidParameterException", "vpc-cnx is not supported")
	u.refuses(eksAddonKind, "version", with(in, props{"addonName": "coredns", "addonVersion": "1.11"}), "Addon version specified is not supported")
	u.refuses(eksAddonKind, "minor", with(in, props{"addonName": "kube-proxy", "addonVersion": "v1.35.0-eksbuild.2"}), "Addon version specified is not supported")
	u.pkg.patience = u.pkg.patience / 10
	u.refuses(eksAddonKind, "no-node", props{"clusterName": "mesh", "addonName": "coredns"}, "timeout while waiting", "DEGRADED", "InsufficientNumberOfReplicas")
	_ = e
}

func TestAddonOverEKSsOwnSoftwareMustOverwrite(t *testing.T) {
	u := newSandbox(t).login(home)
	e := &eks{net: u.network("1"), role: u.role("eks", "eks.amazonaws.com")}
	e.cluster = u.create(eksClusterKind, "mesh", with(e.clusterProps(), props{"bootstrapSelfManagedAddons": true}))
	u.refuses(eksAddonKind, "none", props{"clusterName": "mesh", "addonName": "vpc-cni"}, "ConfigurationConflict")
	u.create(eksAddonKind, "proxy", props{"clusterName": "mesh", "addonName": "kube-proxy", "resolveConflictsOnCreate": "OVERWRITE"})
}

func TestPodIdentityRefusals(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	e := u.controlPlane(u.network("1"))
	istiod := u.role("istiod", "pods.eks.amazonaws.com")
	in := props{"clusterName": "mesh", "namespace": "istio-system", "serviceAccount": "istiod", "roleArn": istiod.out("arn")}
	u.create(eksPodIdentityKind, "istiod", in)
	u.refuses(eksPodIdentityKind, "again", in, "ResourceInUseException", "Association already exists: a-")
	in["serviceAccount"] = "other"
	u.refuses(eksPodIdentityKind, "no-role", with(in, props{"roleArn": istiod.out("arn") + "x"}), "Role provided in the request does not exist")
	u.refuses(eksPodIdentityKind, "wrong-role", with(in, props{"roleArn": e.nodeRole.out("arn")}), "not valid for Pod Identity")
	foreign := s.login(away).role("istiod", "pods.eks.amazonaws.com")
	u.refuses(eksPodIdentityKind, "foreign", with(in, props{"roleArn": foreign.out("arn")}), "not in the account of the cluster")
}

func TestAccessEntryRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	in := props{"clusterName": "mesh", "principalArn": "arn:aws:iam::111111111111:role/admin"}
	entry := u.create(eksAccessEntryKind, "admin", in)
	u.refuses(eksAccessEntryKind, "again", in, "ResourceInUseException")
	u.refuses(eksAccessEntryKind, "creator", with(in, props{"principalArn": "arn:aws:iam::111111111111:user/p" + home}), "ResourceInUseException")
	u.refuses(eksAccessEntryKind, "odd", with(in, props{"principalArn": "arn:aws:sts::111111111111:assumed-role/admin/me"}), "principalArn is invalid")
	u.refuses(eksAccessEntryKind, "group", with(in, props{"principalArn": "arn:aws:iam::111111111111:role/b", "kubernetesGroups": []any{"system:masters"}}), "cannot start with system:")
	policy := props{"clusterName": "mesh", "principalArn": in["principalArn"], "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "accessScope": props{"type": "cluster"}}
	u.create(eksAccessPolicyKind, "admin", policy)
	u.refuses(eksAccessPolicyKind, "nobody", with(policy, props{"principalArn": "arn:aws:iam::111111111111:role/none"}), "ResourceNotFoundException", "principalArn could not be found")
	u.refuses(eksAccessPolicyKind, "policy", with(policy, props{"policyArn": "arn:aws:eks::aws:cluster-access-policy/All"}), "policyArn is invalid")
	u.mustDelete(entry)
	_ = e
}

func TestControlPlaneLogsReappearWhenTheirGroupIsDeletedTooEarly(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	e := &eks{net: n, role: u.role("eks", "eks.amazonaws.com")}
	group := u.create(logGroupKind, "g", props{"name": "/aws/eks/mesh/cluster", "retentionInDays": 7.0})
	e.cluster = u.create(eksClusterKind, "mesh", with(e.clusterProps(), props{"enabledClusterLogTypes": []any{"audit"}}))
	u.unchanged(group)
	if err := u.delete(group); err != nil {
		t.Fatal(err)
	}
	u.mustDelete(e.cluster)
	u.see(func(tx *world.Tx) {
		left := logGroup(tx, home, region, "/aws/eks/mesh/cluster")
		if left == nil || left.Owner != "eks" || number(left.Props, "retentionInDays") != 0 {
			t.Fatalf("%v", left)
		}
	})
}

// The plug-in keeps the identity with which its pods were admitted. An add-on brings its association before its pods, and restarts them
// when the association changes.
func TestTheNetworkPluginHasTheIdentityThatItsPodsWereAdmittedWith(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	role := u.role("cni", podIdentityService, "AmazonEKS_CNI_Policy")
	bare := u.role("bare", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
	own := props{"clusterName": "mesh", "addonName": networkPlugin, "podIdentityAssociations": []any{props{"serviceAccount": networkPluginAccount, "roleArn": role.out("arn")}}}
	u.refuses(eksAddonKind, "wrong-role", with(own, props{"podIdentityAssociations": []any{props{"serviceAccount": networkPluginAccount, "roleArn": bare.out("arn")}}}), "not valid for Pod Identity")
	plugin := u.create(eksAddonKind, "cni", own)
	group := with(e.nodeProps(), props{"nodeRoleArn": bare.out("arn")})
	u.refuses(eksNodeGroupKind, "no-agent", with(group, props{"nodeGroupName": "no-agent"}), "NodeCreationFailure", "no add-on "+podIdentityAgent)
	u.addon(e, podIdentityAgent)
	u.create(eksNodeGroupKind, "nodes", group)
	issues := func(want string) {
		t.Helper()
		u.see(func(tx *world.Tx) {
			for _, g := range tx.Find(home, eksNodeGroupKind, Has("nodeGroupName", "nodes")) {
				for _, node := range instancesOf(tx, g) {
					if got := NetworkPluginIssue(tx, clusterNamed(tx, home, region, "mesh"), g, node); !strings.Contains(got, want) || want == "" && got != "" {
						t.Errorf("the plug-in of a node says %q, want %q", got, want)
					}
				}
			}
		})
	}
	issues("")
	if err := u.change(plugin, with(own, props{"podIdentityAssociations": nil})); err != nil {
		t.Fatal(err)
	}
	issues("is not authorized to perform: ec2:AssignPrivateIpAddresses")
	u.create(attachmentKind, "bare-cni", props{"role": bare.ID, "policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"})
	issues("")
	// An association beside the add-on reaches no pod that runs.
	u.create(eksPodIdentityKind, "beside", props{"clusterName": "mesh", "namespace": addonNamespace, "serviceAccount": networkPluginAccount, "roleArn": role.out("arn")})
	u.see(func(tx *world.Tx) {
		for _, node := range tx.Find(home, instanceKind, nil) {
			if role := node.String("_plugin"); role != "" {
				t.Errorf("a pod that runs has the new role %s", role)
			}
		}
	})
	refused(t, u.change(plugin, own), "ResourceInUseException", "Association already exists")
}
