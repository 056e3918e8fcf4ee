package aws

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

const (
	home   = "111111111111"
	away   = "222222222222"
	region = "eu-central-1"
)

// sandbox is one world under test.
type sandbox struct {
	t   *testing.T
	w   *world.World
	pkg *awsPackage
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	// Most of a test is waiting for AWS.
	t.Parallel()
	w := worldtest.Open(t, t.TempDir())
	w.Control(Controllers()...)
	pkg := New(w).(*awsPackage)
	pkg.retries = 20 * time.Millisecond
	return &sandbox{t: t, w: w, pkg: pkg}
}

// user is somebody logged in to one account.
type user struct {
	*sandbox
	session provider.Session
}

func (s *sandbox) login(account string) *user {
	s.t.Helper()
	return s.loginWith(map[string]any{"region": region, "profile": "p" + account, "allowedAccountIds": []any{account}})
}

func (s *sandbox) loginWith(args map[string]any) *user {
	s.t.Helper()
	session, err := s.pkg.Open(context.Background(), args)
	if err != nil {
		s.t.Fatal(err)
	}
	return &user{sandbox: s, session: session}
}

// made is a resource as the engine keeps it.
type made struct {
	provider.Resource
}

func (m *made) out(path ...string) string { return text(m.State, path...) }

type props = map[string]any

func subject(token, name string, in props) provider.Resource {
	return provider.Resource{URN: "urn:pulumi:test::test::" + token + "::" + name, Token: token, Name: name, Inputs: clone(in).(props), Seed: []byte(token + name + "0123456789abcdef0123456789abcdef")}
}

// check returns the checked inputs and what is wrong with them.
func (u *user) check(token, name string, in props) (provider.Resource, []provider.Failure) {
	u.t.Helper()
	r := subject(token, name, in)
	checked, failures, err := u.session.Check(context.Background(), r)
	if err != nil {
		u.t.Fatal(err)
	}
	r.Inputs = checked
	return r, failures
}

func (u *user) try(token, name string, in props) (*made, error) {
	u.t.Helper()
	r, failures := u.check(token, name, in)
	if len(failures) > 0 {
		u.t.Fatalf("%s %s: %v", token, name, failures)
	}
	preview := r
	preview.Preview = true
	if _, _, err := u.session.Create(context.Background(), preview); err != nil {
		u.t.Fatalf("preview of %s %s: %v", token, name, err)
	}
	id, state, err := u.session.Create(context.Background(), r)
	if err != nil {
		return nil, err
	}
	r.ID, r.State, r.OldInputs = id, state, r.Inputs
	return &made{r}, nil
}

// create makes a resource, and sees that a second preview and a refresh would show no change.
func (u *user) create(token, name string, in props) *made {
	u.t.Helper()
	m, err := u.try(token, name, in)
	if err != nil {
		u.t.Fatal(err)
	}
	u.unchanged(m)
	return m
}

// unchanged fails when a preview or a refresh with the same program would show a change.
func (u *user) unchanged(m *made) {
	u.t.Helper()
	again := m.Resource
	again.Inputs = withoutMarks(m.Inputs)
	for _, k := range texts(m.Inputs, defaultsKey) {
		delete(again.Inputs, k)
	}
	checked, failures, err := u.session.Check(context.Background(), again)
	if err != nil || len(failures) > 0 {
		u.t.Fatalf("second check of %s: %v %v", m.Token, failures, err)
	}
	again.Inputs = checked
	u.same(again)
	read := m.Resource
	id, inputs, state, err := u.session.Read(context.Background(), read)
	if err != nil || state == nil {
		u.t.Fatalf("read %s %s: state %v, error %v", m.Token, m.ID, state, err)
	}
	if id != m.ID || !reflect.DeepEqual(inputs, m.Inputs) {
		u.t.Fatalf("a refresh changes %s %s:\n was %v\n now %v", m.Token, m.ID, m.Inputs, inputs)
	}
	again.OldInputs, again.State = inputs, state
	u.same(again)
}

// imported fails when an import by this id does not find the resource.
func (u *user) imported(m *made, id string) {
	u.t.Helper()
	found, _, state, err := u.session.Read(context.Background(), provider.Resource{URN: m.URN, Token: m.Token, Name: m.Name, ID: id})
	if err != nil || found != m.ID || !reflect.DeepEqual(state, m.State) {
		u.t.Fatalf("an import of %s %s finds %s: %v %v", m.Token, id, found, state, err)
	}
}

func (u *user) same(r provider.Resource) {
	u.t.Helper()
	changes, err := u.session.Diff(context.Background(), r)
	if err != nil || len(changes.Changed) > 0 {
		u.t.Fatalf("a preview changes %s: %v %v", r.Token, changes.Changed, err)
	}
}

// change brings a resource to new inputs.
func (u *user) change(m *made, in props) error {
	u.t.Helper()
	r := m.Resource
	r.OldInputs, r.Inputs = m.Inputs, clone(in).(props)
	checked, failures, err := u.session.Check(context.Background(), r)
	if err != nil || len(failures) > 0 {
		u.t.Fatalf("check %s: %v %v", m.Token, failures, err)
	}
	r.Inputs = checked
	state, err := u.session.Update(context.Background(), r)
	if err != nil {
		return err
	}
	m.State, m.Inputs, m.OldInputs = state, checked, checked
	u.unchanged(m)
	return nil
}

func (u *user) diff(m *made, in props) provider.Changes {
	u.t.Helper()
	r := m.Resource
	r.OldInputs, r.Inputs = m.Inputs, clone(in).(props)
	checked, _, err := u.session.Check(context.Background(), r)
	if err != nil {
		u.t.Fatal(err)
	}
	r.Inputs = checked
	changes, err := u.session.Diff(context.Background(), r)
	if err != nil {
		u.t.Fatal(err)
	}
	return changes
}

func (u *user) delete(m *made) error {
	return u.session.Delete(context.Background(), m.Resource)
}

func (u *user) mustDelete(all ...*made) {
	u.t.Helper()
	for _, m := range all {
		if err := u.delete(m); err != nil {
			u.t.Fatal(err)
		}
		if _, _, state, err := u.session.Read(context.Background(), m.Resource); err != nil || state != nil {
			u.t.Fatalf("%s %s can still be read after its deletion: %v %v", m.Token, m.ID, state, err)
		}
	}
}

// refused fails unless the error says all of words.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("not refused; want an error with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Fatalf("the error lacks %q:\n%v", w, err)
		}
	}
}

// refuses fails unless creating is refused with all of words.
func (u *user) refuses(token, name string, in props, words ...string) {
	u.t.Helper()
	_, err := u.try(token, name, in)
	refused(u.t, err, words...)
}

// with copies inputs and sets more.
func with(in props, more props) props {
	out := cloneMap(in)
	for k, v := range more {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

// net is a VPC with public and private subnets in three zones, and its way out.
type net struct {
	vpc, igw, eip, nat, table, publicTable *made
	private, public                        []*made
	routes                                 []*made
}

func (u *user) network(second string) *net {
	u.t.Helper()
	n := &net{vpc: u.create(vpcKind, "vpc", props{"cidrBlock": "10." + second + ".0.0/16", "enableDnsHostnames": true})}
	n.igw = u.create(internetGatewayKind, "igw", props{"vpcId": n.vpc.ID})
	n.table = u.create(routeTableKind, "private", props{"vpcId": n.vpc.ID})
	n.publicTable = u.create(routeTableKind, "public", props{"vpcId": n.vpc.ID})
	n.routes = append(n.routes, u.create(routeKind, "out", props{"routeTableId": n.publicTable.ID, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": n.igw.ID}))
	for i, z := range []string{"euc1-az1", "euc1-az2", "euc1-az3"} {
		block := func(third int) string { return "10." + second + "." + string(rune('0'+third)) + ".0/24" }
		private := u.create(subnetKind, "private-"+z, props{"vpcId": n.vpc.ID, "cidrBlock": block(i + 1), "availabilityZoneId": z})
		public := u.create(subnetKind, "public-"+z, props{"vpcId": n.vpc.ID, "cidrBlock": block(i + 4), "availabilityZoneId": z})
		n.private, n.public = append(n.private, private), append(n.public, public)
		n.routes = append(n.routes,
			u.create(routeTableAssociationKind, "private-"+z, props{"routeTableId": n.table.ID, "subnetId": private.ID}),
			u.create(routeTableAssociationKind, "public-"+z, props{"routeTableId": n.publicTable.ID, "subnetId": public.ID}))
	}
	n.eip = u.create(eipKind, "nat", props{"domain": "vpc"})
	n.nat = u.create(natGatewayKind, "nat", props{"allocationId": n.eip.ID, "subnetId": n.public[0].ID})
	n.routes = append(n.routes, u.create(routeKind, "nat", props{"routeTableId": n.table.ID, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": n.nat.ID}))
	return n
}

// trust is a trust policy for a service.
func trust(service string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
}

// allow is a permission policy.
func allow(resource string, actions ...string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"` + resource + `"}]}`
}

// role makes a role with managed policies.
func (u *user) role(name, service string, policies ...string) *made {
	u.t.Helper()
	m := u.create(roleKind, name, props{"name": name, "assumeRolePolicy": trust(service)})
	for _, p := range policies {
		u.create(attachmentKind, name+NameOf(p), props{"role": m.ID, "policyArn": "arn:aws:iam::aws:policy/" + p})
	}
	return m
}

// subnetIDs are ids of subnets as an input.
func subnetIDs(subnets []*made) []any {
	out := make([]any, len(subnets))
	for i, s := range subnets {
		out[i] = s.ID
	}
	return out
}

const nodePolicies = "AmazonEKSWorkerNodePolicy AmazonEKS_CNI_Policy AmazonEC2ContainerRegistryPullOnly"

// eks is a control plane and what nodes need.
type eks struct {
	net                     *net
	role, cluster, nodeRole *made
}

func (u *user) controlPlane(n *net) *eks {
	u.t.Helper()
	e := &eks{net: n, role: u.role("eks", "eks.amazonaws.com", "AmazonEKSClusterPolicy")}
	e.cluster = u.create(eksClusterKind, "mesh", e.clusterProps())
	e.nodeRole = u.role("nodes", "ec2.amazonaws.com", strings.Fields(nodePolicies)...)
	return e
}

func (e *eks) clusterProps() props {
	return props{
		"name": "mesh", "version": "1.34", "roleArn": e.role.out("arn"), "bootstrapSelfManagedAddons": false,
		"accessConfig": props{"authenticationMode": "API"},
		"vpcConfig":    props{"subnetIds": subnetIDs(e.net.private), "endpointPrivateAccess": true, "endpointPublicAccess": false},
	}
}

func (e *eks) nodeProps() props {
	return props{
		"clusterName": e.cluster.ID, "nodeGroupName": "nodes", "nodeRoleArn": e.nodeRole.out("arn"), "subnetIds": subnetIDs(e.net.private),
		"scalingConfig": props{"minSize": 2.0, "desiredSize": 2.0, "maxSize": 3.0}, "instanceTypes": []any{"m6i.large"},
	}
}

func (u *user) addon(e *eks, name string) *made {
	u.t.Helper()
	return u.create(eksAddonKind, name, props{"clusterName": e.cluster.ID, "addonName": name})
}

func (u *user) nodes(e *eks) *made {
	u.t.Helper()
	u.addon(e, "vpc-cni")
	return u.create(eksNodeGroupKind, "nodes", e.nodeProps())
}

// see runs f on the world.
func (s *sandbox) see(f func(tx *world.Tx)) {
	s.t.Helper()
	if err := s.w.Do(func(tx *world.Tx) error { f(tx); return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// eventually fails when f does not come true within the sandbox's own patience.
func (s *sandbox) eventually(what string, f func(tx *world.Tx) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), s.pkg.patience)
	defer cancel()
	if err := s.w.Wait(ctx, func(tx *world.Tx) (bool, error) { return f(tx), nil }); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}
