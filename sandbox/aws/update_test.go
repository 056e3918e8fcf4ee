package aws

import (
	"context"
	"strings"
	"testing"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

func TestPreviewOfAnUpdateKeepsWhatAWSComputed(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	r := e.cluster.Resource
	r.Preview, r.OldInputs = true, r.Inputs
	r.Inputs = with(r.Inputs, props{"version": "1.35"})
	state, err := u.session.Update(context.Background(), r)
	if err != nil || text(state, "vpcConfig", "clusterSecurityGroupId") != e.cluster.out("vpcConfig", "clusterSecurityGroupId") || provider.HasUnknown(state) {
		t.Fatalf("%v %v", err, state)
	}
	if state["version"] != "1.35" {
		t.Errorf("version %v", state["version"])
	}
	u.see(func(tx *world.Tx) {
		if got := clusterNamed(tx, home, region, "mesh").String("version"); got != "1.34" {
			t.Errorf("a preview changed the version to %s", got)
		}
	})
}

func TestEndpointOfAClusterCanBeOpenedToSomeNetworks(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	open := func(cidrs ...any) props {
		in := e.clusterProps()
		in["vpcConfig"] = with(in["vpcConfig"].(props), props{"endpointPublicAccess": true, "publicAccessCidrs": cidrs})
		return in
	}
	refused(t, u.change(e.cluster, open("10.0.0.0/8")), "InvalidParameterException", "publicAccessCidrs: [10.0.0.0/8]")
	if err := u.change(e.cluster, open("203.0.113.0/24")); err != nil {
		t.Fatal(err)
	}
	if e.cluster.out("vpcConfig", "clusterSecurityGroupId") == "" {
		t.Error("the update lost the cluster security group")
	}
	closed := e.clusterProps()
	closed["vpcConfig"] = with(closed["vpcConfig"].(props), props{"publicAccessCidrs": []any{"203.0.113.0/24"}})
	refused(t, u.change(e.cluster, closed), "can only be specified when public endpoint access is enabled")
}

func TestNodeGroupThatFailedIsTriedAgain(t *testing.T) {
	u := newSandbox(t).login(home)
	e := u.controlPlane(u.network("1"))
	_, err := u.try(eksNodeGroupKind, "nodes", e.nodeProps())
	partial, ok := err.(*provider.PartialError)
	if !ok {
		t.Fatalf("%v", err)
	}
	u.addon(e, "vpc-cni")
	r := subject(eksNodeGroupKind, "nodes", partial.Inputs)
	r.ID, r.State, r.OldInputs = partial.ID, partial.State, partial.Inputs
	group := &made{r}
	if err := u.change(group, e.nodeProps()); err != nil {
		t.Fatal(err)
	}
	if group.out("status") != "ACTIVE" {
		t.Error(group.out("status"))
	}
	// A new version of the launch template rolls the nodes.
	template := u.create(launchTemplateKind, "t", props{"metadataOptions": props{"httpTokens": "required"}})
	if err := u.change(group, with(e.nodeProps(), props{"launchTemplate": props{"id": template.ID, "version": "1"}})); err != nil {
		t.Fatal(err)
	}
	refused(t, u.change(group, with(e.nodeProps(), props{"scalingConfig": props{"minSize": 3.0, "desiredSize": 2.0, "maxSize": 3.0}})), "Minimum capacity 3")
}

func TestInternetGatewayMovesOnlyWhenNothingNeedsIt(t *testing.T) {
	u := newSandbox(t).login(home)
	n := u.network("1")
	other := u.create(vpcKind, "other", props{"cidrBlock": "10.2.0.0/16"})
	refused(t, u.change(n.igw, props{"vpcId": other.ID}), "DependencyViolation", "mapped public address")
	free := u.create(internetGatewayKind, "free", props{})
	if err := u.change(free, props{"vpcId": other.ID}); err != nil {
		t.Fatal(err)
	}
}

func TestPeeringInOneAccountAcceptsItself(t *testing.T) {
	u := newSandbox(t).login(home)
	a, b := u.create(vpcKind, "a", props{"cidrBlock": "10.1.0.0/16"}), u.create(vpcKind, "b", props{"cidrBlock": "10.2.0.0/16"})
	if p := u.create(peeringKind, "p", props{"vpcId": a.ID, "peerVpcId": b.ID, "autoAccept": true}); p.out("acceptStatus") != "active" {
		t.Fatal(p.out("acceptStatus"))
	}
}

func TestServiceWithoutACircuitBreakerKeepsTrying(t *testing.T) {
	a := newSandbox(t).app()
	definition := a.define(props{"containerDefinitions": containers(func(app, _ props) { app["image"] = "registry.invalid/echo:1" })})
	a.pkg.patience /= 3
	a.refuses(ServiceKind, "echo", a.service(definition, props{"deploymentCircuitBreaker": nil}),
		"timeout while waiting for state to become 'tfSTABLE' (last state: 'tfPENDING')", "is unable to consistently start tasks successfully", "no such host")
}

func TestServiceScales(t *testing.T) {
	a := newSandbox(t).app()
	definition := a.define(nil)
	service := a.create(ServiceKind, "echo", a.service(definition, nil))
	for _, want := range []float64{3, 1, 0} {
		if err := a.change(service, a.service(definition, props{"desiredCount": want})); err != nil {
			t.Fatal(err)
		}
		if got := len(a.running()); float64(got) != want {
			t.Fatalf("%d tasks run, want %v", got, want)
		}
	}
}

func TestChinaHasItsOwnPartition(t *testing.T) {
	s := newSandbox(t)
	u := s.loginWith(props{"region": "cn-north-1", "allowedAccountIds": []any{home}})
	role := u.create(roleKind, "r", props{"assumeRolePolicy": trust("ec2.amazonaws.com.cn")})
	if !strings.HasPrefix(role.out("arn"), "arn:aws-cn:iam::") {
		t.Error(role.out("arn"))
	}
	u.create(attachmentKind, "a", props{"role": role.ID, "policyArn": "arn:aws-cn:iam::aws:policy/AmazonEKSWorkerNodePolicy"})
	u.refuses(attachmentKind, "b", props{"role": role.ID, "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}, "NoSuchEntity")
	out, err := u.session.Invoke(t.Context(), "aws:index/getPartition:getPartition", nil)
	if err != nil || out["dnsSuffix"] != "amazonaws.com.cn" {
		t.Errorf("%v %v", out, err)
	}
}

func TestWorldIsTheSameAfterARestart(t *testing.T) {
	s := newSandbox(t)
	folder := t.TempDir()
	open := func() *sandbox {
		w, err := world.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		w.Control(Controllers()...)
		pkg := New(w).(*awsPackage)
		pkg.retries = s.pkg.retries
		return &sandbox{t: t, w: w, pkg: pkg}
	}
	before := open()
	a := before.app()
	definition := a.define(nil)
	service := a.create(ServiceKind, "echo", a.service(definition, nil))
	worldtest.Kept(t, before.w, folder)
	if err := before.w.Close(); err != nil {
		t.Fatal(err)
	}
	after := open().login(home)
	after.unchanged(definition)
	after.unchanged(service)
	after.mustDelete(service, definition, a.cluster)
}
