package aws

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

// chain is istiod's role at home and a discovery role in the other account.
func chain(t *testing.T, discoveryTrust string) (s *sandbox, istiod, discovery *made) {
	s = newSandbox(t)
	u := s.login(home)
	istiod = u.create(roleKind, "istiod", props{"name": "istiod", "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{
		"StringEquals":{"aws:SourceAccount":"111111111111","aws:RequestTag/kubernetes-namespace":"istio-system"},
		"ArnEquals":{"aws:SourceArn":"arn:aws:eks:eu-central-1:111111111111:cluster/mesh"}}}]}`})
	u.create(rolePolicyKind, "assume", props{"role": "istiod", "policy": allow("arn:aws:iam::"+away+":role/discovery", "sts:AssumeRole", "sts:TagSession")})
	discovery = s.login(away).create(roleKind, "discovery", props{"name": "discovery", "assumeRolePolicy": discoveryTrust})
	return s, istiod, discovery
}

const byArn = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":["sts:AssumeRole","sts:TagSession"],
	"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/istiod"},"StringEquals":{"aws:PrincipalTag/kubernetes-namespace":"istio-system"}}}]}`

const clusterARN = "arn:aws:eks:eu-central-1:111111111111:cluster/mesh"

func podRequest(namespace string) map[string]string {
	return map[string]string{"aws:SourceAccount": home, "aws:SourceArn": clusterARN, "aws:RequestTag/kubernetes-namespace": namespace}
}

func (s *sandbox) mayAssume(p Principal, role string, request map[string]string) (err error) {
	s.see(func(tx *world.Tx) { err = MayAssume(tx, p, role, request) })
	return err
}

func TestConditionsOfATrustDecide(t *testing.T) {
	s, istiod, _ := chain(t, byArn)
	pods := Principal{Service: "pods.eks.amazonaws.com"}
	if err := s.mayAssume(pods, istiod.out("arn"), podRequest("istio-system")); err != nil {
		t.Error(err)
	}
	refused(t, s.mayAssume(pods, istiod.out("arn"), podRequest("default")), "AccessDenied", "sts:AssumeRole")
	refused(t, s.mayAssume(Principal{Service: "ec2.amazonaws.com"}, istiod.out("arn"), podRequest("istio-system")), "AccessDenied")
	refused(t, s.mayAssume(pods, istiod.out("arn")+"x", podRequest("istio-system")), "AccessDenied")
}

func TestChainedRoleNeedsBothSides(t *testing.T) {
	s, istiod, discovery := chain(t, byArn)
	session := Principal{RoleARN: istiod.out("arn"), Tags: PodIdentityTags(clusterARN, "istio-system", "istiod", "istiod-0")}
	if err := s.mayAssume(session, discovery.out("arn"), nil); err != nil {
		t.Error(err)
	}
	other := Principal{RoleARN: istiod.out("arn"), Tags: PodIdentityTags(clusterARN, "default", "x", "x-0")}
	refused(t, s.mayAssume(other, discovery.out("arn"), nil), "AccessDenied")
	// A trust alone is not enough across accounts.
	s.see(func(tx *world.Tx) { tx.Drop(tx.Get(home, rolePolicyKind, "istiod:assume-"+suffixOf(tx))) })
	refused(t, s.mayAssume(session, discovery.out("arn"), nil), "AccessDenied", "assumed-role/istiod")
}

// suffixOf is the generated end of the only inline policy's name.
func suffixOf(tx *world.Tx) string {
	for _, r := range tx.Find(home, rolePolicyKind, nil) {
		return r.ID[strings.LastIndex(r.ID, "-")+1:]
	}
	return ""
}

func TestTrustWithoutTagSessionStopsATaggedSession(t *testing.T) {
	s, istiod, discovery := chain(t, strings.Replace(byArn, `["sts:AssumeRole","sts:TagSession"]`, `"sts:AssumeRole"`, 1))
	session := Principal{RoleARN: istiod.out("arn"), Tags: PodIdentityTags(clusterARN, "istio-system", "istiod", "istiod-0")}
	refused(t, s.mayAssume(session, discovery.out("arn"), nil), "sts:TagSession")
}

func TestRecreatedRoleIsLockedOutByItsID(t *testing.T) {
	s := newSandbox(t)
	u, other := s.login(home), s.login(away)
	in := props{"name": "istiod", "assumeRolePolicy": trust("pods.eks.amazonaws.com")}
	istiod := u.create(roleKind, "istiod", in)
	policy := props{"role": "istiod", "name": "p", "policy": allow("*", "sts:AssumeRole")}
	inline := u.create(rolePolicyKind, "p", policy)
	discovery := other.create(roleKind, "discovery", props{"name": "discovery", "assumeRolePolicy": trustRole(istiod.out("arn"))})
	p := Principal{RoleARN: istiod.out("arn")}
	if err := s.mayAssume(p, discovery.out("arn"), nil); err != nil {
		t.Fatal(err)
	}
	u.mustDelete(inline, istiod)
	u.create(roleKind, "istiod", in)
	u.create(rolePolicyKind, "p", policy)
	refused(t, s.mayAssume(p, discovery.out("arn"), nil), "AccessDenied")
}

func TestPolicyEvaluation(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	u.create(roleKind, "r", props{"name": "r", "assumeRolePolicy": trust("ec2.amazonaws.com")})
	u.create(rolePolicyKind, "p", props{"role": "r", "policy": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"ecs:Describe*","Resource":"arn:aws:ecs:eu-central-1:111111111111:cluster/*"},
		{"Effect":"Deny","Action":"ecs:DescribeClusters","Resource":"arn:aws:ecs:eu-central-1:111111111111:cluster/secret"},
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}/*"}]}`})
	p := Principal{RoleARN: "arn:aws:iam::111111111111:role/r", Tags: map[string]string{"team": "mesh"}}
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"ecs:DescribeClusters", "arn:aws:ecs:eu-central-1:111111111111:cluster/a", true},
		{"ECS:describeclusters", "arn:aws:ecs:eu-central-1:111111111111:cluster/a", true},
		{"ecs:DescribeClusters", "arn:aws:ecs:eu-central-1:111111111111:cluster/secret", false},
		{"ecs:DescribeClusters", "arn:aws:ecs:eu-central-1:222222222222:cluster/a", false},
		{"ecs:DeleteCluster", "arn:aws:ecs:eu-central-1:111111111111:cluster/a", false},
		{"s3:GetObject", "arn:aws:s3:::mesh/x", true},
		{"s3:GetObject", "arn:aws:s3:::other/x", false},
	} {
		s.see(func(tx *world.Tx) {
			if err := Allowed(tx, p, c.action, c.resource, nil); (err == nil) != c.want {
				t.Errorf("%s on %s: %v", c.action, c.resource, err)
			}
		})
	}
}
