package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/contract"
	"ambient-ecs/tests/recorder"
)

// teamed gives two clusters of the dev stack, in two accounts, to a team.
func teamed(o *recorder.Options) {
	publishing(o)
	o.Config[config.Project+":teams"] = `{"orders":{"clusters":["ecs-1","ecs-3"],"deployers":["arn:aws:iam::999999999999:role/ci"],"tagKeys":["CostCenter"],
		"statements":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::orders/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}}`
	o.Config[config.Project+":policyStage"] = "l4"
}

const (
	policyType = "aws:iam/policy:Policy"
	entryType  = "aws:eks/accessEntry:AccessEntry"
)

func TestATeamHasARoleABoundaryAndRightsInItsNamespaces(t *testing.T) {
	r := succeed(t, Record(t, "dev", teamed))
	for _, account := range []string{"local", "external"} {
		name := "team-orders/" + account
		role, boundary := r.Get(t, "aws:iam/role:Role", name), r.Get(t, policyType, name+"/boundary")
		if role.Provider != "aws-"+account || boundary.Provider != "aws-"+account || role.Inputs["name"] != "ambient-team-orders-"+account {
			t.Errorf("%s is made with %s, its boundary with %s", name, role.Provider, boundary.Provider)
		}
		if start := r.Get(t, "aws:iam/rolePolicy:RolePolicy", "execution-"+name).Inputs["policy"].(string); strings.Count(start, "teams/ambient/orders/*") != 2 {
			t.Errorf("the execution role may read %s", start)
		}
		if document := boundary.Inputs["policy"].(string); !strings.Contains(document, "s3:::orders/*") || !strings.Contains(document, "aws:SecureTransport") {
			t.Errorf("the boundary is %s", document)
		}
	}
	for _, cluster := range []string{"team-orders/local/ecs-1", "team-orders/external/ecs-3"} {
		attached := r.Get(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", cluster)
		if !r.Waits(attached, r.Get(t, policyType, cluster)) {
			t.Errorf("the policy of %s is not attached", cluster)
		}
	}
	if found := r.OfType(policyType); len(found) != 4 {
		t.Errorf("there are %d policies", len(found))
	}
	// In Kubernetes the team is its role of the home account, in its own namespaces.
	entry := r.Get(t, entryType, "team-orders")
	if fmt.Sprint(entry.Inputs["kubernetesGroups"]) != "[ambient-ecs:ambient:orders]" || entry.Provider != "aws-local" || !strings.HasSuffix(entry.Inputs["principalArn"].(string), ":role/ambient-team-orders-local") {
		t.Errorf("the entry is %+v", entry.Inputs)
	}
	var namespaces []string
	for _, role := range r.OfType("kubernetes:rbac.authorization.k8s.io/v1:Role") {
		if strings.HasPrefix(role.Name, "team-") {
			namespaces = append(namespaces, role.Inputs["metadata"].(map[string]any)["namespace"].(string))
		}
	}
	if slices.Sort(namespaces); !slices.Equal(namespaces, []string{"ambient-ecs-1", "ambient-ecs-3"}) {
		t.Errorf("it has rights in %v", namespaces)
	}
}

// No team has a right before what confines it, and no contract names what is not there.
func TestATeamIsConfinedBeforeItHasRights(t *testing.T) {
	r := succeed(t, Record(t, "dev", teamed))
	binding := r.Get(t, "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "team-orders/ambient-ecs-1")
	for _, kind := range []string{"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"} {
		found := r.OfType("kubernetes:admissionregistration.k8s.io/v1:" + kind)
		if len(found) != 2 {
			t.Errorf("there are %d of the %s: one for the policies of all teams, one for the roles of this one", len(found), kind)
		}
		for _, one := range found {
			if !r.Waits(binding, one) {
				t.Errorf("the team's binding does not wait for the %s %s", kind, one.Name)
			}
		}
	}
	if !r.Waits(r.Get(t, entryType, "team-orders"), r.Get(t, "aws:iam/rolePolicy:RolePolicy", "team-orders/local")) {
		t.Error("the entry does not wait for the role")
	}
	for _, needed := range []*recorder.Resource{r.Get(t, policyType, "team-orders/local/boundary"), r.Get(t, "aws:iam/rolePolicy:RolePolicy", "execution-team-orders/local")} {
		if !r.Waits(r.Get(t, parameter, "ecs-1/contract"), needed) {
			t.Errorf("the contract does not wait for %s", needed.Name)
		}
	}
}

func TestTheContractAndTheOutputsTellATeamItsBounds(t *testing.T) {
	r := succeed(t, Record(t, "dev", teamed))
	c, err := contract.Parse(r.Get(t, parameter, "ecs-3/contract").Inputs["insecureValue"].(string))
	if err != nil {
		t.Fatal(err)
	}
	told := r.Outputs["teams"].(map[string]any)["orders"].(map[string]any)
	if boundary := told["boundaryArns"].(map[string]any)["external"]; boundary != c.Team.BoundaryARN || c.Team.BoundaryARN == "" {
		t.Errorf("the boundary is %v and %s", boundary, c.Team.BoundaryARN)
	}
	if fmt.Sprint(told["namespaces"]) != "[ambient-ecs-1 ambient-ecs-3]" || told["kubernetesGroup"] != "ambient-ecs:ambient:orders" {
		t.Errorf("the outputs say %v", told)
	}
	if deployer := fmt.Sprint(r.Outputs["deployerPolicies"]); strings.Count(deployer, "PoliciesOfTeams") < 2 || !strings.Contains(deployer, "policy/ambient-team-*") {
		t.Errorf("the deployer's policies are %s", deployer)
	}
	// No policy of the program's has a name that a team may take.
	for _, policy := range r.OfType("kubernetes:security.istio.io/v1:AuthorizationPolicy") {
		if name := policy.Inputs["metadata"].(map[string]any)["name"].(string); strings.HasPrefix(name, c.Team.PolicyPrefix) {
			t.Errorf("a team may change the policy %s", name)
		}
	}
}

// hosted is the dev stack with a team that routes a host of its own, to services behind its namespace's waypoint.
func hosted(o *recorder.Options) {
	everything(o)
	teamed(o)
	o.Config[config.Project+":teams"] = strings.Replace(o.Config[config.Project+":teams"], `"tagKeys"`, `"hostnames":["orders.example.org"],"tagKeys"`, 1)
	set(o, "clusters", func(clusters map[string]any) { clusters["ecs-1"].(map[string]any)["waypoint"] = true })
}

func TestATeamWithAHostMayUseTheIngress(t *testing.T) {
	r := succeed(t, Record(t, "dev", hosted))
	gateway := r.Get(t, gatewayObject, "ingress")
	if admits := fmt.Sprint(value(gateway, "spec.listeners").([]any)[1].(map[string]any)["allowedRoutes"]); !strings.Contains(admits, "[ambient-ecs-1 ambient-ecs-3 ambient-ingress]") {
		t.Errorf("the gateway admits routes of %s", admits)
	}
	routes := r.Get(t, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "team-orders-routes-binding")
	if !r.Waits(gateway, routes) {
		t.Error("the gateway admits the team's routes before they are kept to its host")
	}
	// The ingress goes through the waypoint of a team's namespace, whatever the team's services say.
	const label = "istio.io/ingress-use-waypoint"
	for name, want := range map[string]any{"ambient-ecs-1": "true", "ambient-ecs-2": nil, "ambient-ecs-3": nil} {
		if got := value(r.Get(t, "kubernetes:core/v1:Namespace", name), "metadata.labels").(map[string]any)[label]; got != want {
			t.Errorf("the namespace %s has the label %v, want %v", name, got, want)
		}
	}
	if direct := r.Get(t, policyObject, "ambient-ecs-1-deny-direct"); value(direct, "spec.action") != "DENY" || value(direct, "spec.selector") != nil {
		t.Errorf("who goes past the waypoint is refused by %v", direct.Inputs)
	}
	c, err := contract.Parse(r.Get(t, parameter, "ecs-1/contract").Inputs["insecureValue"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if c.Ingress.Address == "" || c.Ingress.Address != r.Outputs["ingressAddress"] || !slices.Equal(c.Ingress.Hostnames, []string{"orders.example.org"}) || !slices.Contains(c.Team.TagKeys, "CostCenter") || c.Mesh.Waypoints["ambient-ecs-1"] != "waypoint" {
		t.Errorf("the contract says %+v, %+v and %v", c.Ingress, c.Team, c.Mesh.Waypoints)
	}
	// A team of the same stack without a host changes nothing of the gateway.
	closed := succeed(t, Record(t, "dev", func(o *recorder.Options) { everything(o); teamed(o) })).Get(t, gatewayObject, "ingress")
	if admits := fmt.Sprint(value(closed, "spec.listeners").([]any)[1].(map[string]any)["allowedRoutes"]); admits != "map[namespaces:map[from:Same]]" {
		t.Errorf("without a host the gateway admits routes of %s", admits)
	}
}

func TestWithoutTeamsNothingOfThemIsMade(t *testing.T) {
	for _, stack := range Stacks {
		r := succeed(t, Record(t, stack, publishing))
		if found := len(r.OfType(policyType)) + len(r.OfType("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")) + len(r.OfType(entryType)); found > 0 || r.Outputs["teams"] != nil {
			t.Errorf("%s: there are %d things of teams", stack, found)
		}
	}
}
