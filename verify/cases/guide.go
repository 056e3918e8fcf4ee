package cases

import "ambient-ecs/verify/backend"

// row is one of the guide's checks that make a call.
type row struct {
	id, name string
	from, to string
	state    string
	expect   backend.Outcome
}

const (
	answered = backend.Answered
	blocked  = backend.Policy
)

// guide is the guide's matrix from its fourth check on; the first three look at what istiod knows. The last row is
// its thirtieth check made sharp: without P3 the caller would be blocked with or without D.
var guide = []row{
	{"4", "EKS-to-EKS", "EKS", "EKS", Base, answered},
	{"5", "EKS-to-ECS Cluster 1 (local)", "EKS", "C1", Base, answered},
	{"6", "EKS-to-ECS Cluster 2 (local)", "EKS", "C2", Base, answered},
	{"7", "EKS-to-ECS Cluster 3 (external)", "EKS", "C3", Base, answered},
	{"8", "ECS Cluster 1 internal", "C1", "C1", Base, answered},
	{"9", "ECS Cluster 2 internal", "C2", "C2", Base, answered},
	{"10", "ECS Cluster 3 internal (external)", "C3", "C3", Base, answered},
	{"11", "Cross-cluster: C1 to C2", "C1", "C2", Base, answered},
	{"12", "Cross-cluster: C2 to C1", "C2", "C1", Base, answered},
	{"13", "Cross-account: C1 to C3", "C1", "C3", Base, answered},
	{"14", "Cross-account: C3 to C1", "C3", "C1", Base, answered},
	{"15", "6.2 EKS to C1 blocked", "EKS", "C1", stateP0, blocked},
	{"16", "6.2 C2 to C1 blocked", "C2", "C1", stateP0, blocked},
	{"17", "6.2 C3 to C1 blocked", "C3", "C1", stateP0, blocked},
	{"18", "6.2 C1 internal blocked", "C1", "C1", stateP0, blocked},
	{"19", "6.3 EKS to C1 allowed", "EKS", "C1", stateP1, answered},
	{"20", "6.3 C2 to C1 blocked", "C2", "C1", stateP1, blocked},
	{"21", "6.3 C3 to C1 blocked", "C3", "C1", stateP1, blocked},
	{"22", "6.4 C2 to C1 allowed", "C2", "C1", stateP2, answered},
	{"23", "6.4 C3 to C1 blocked", "C3", "C1", stateP2, blocked},
	{"24", "6.4 C1 internal blocked", "C1", "C1", stateP2, blocked},
	{"25", "6.5 C3 to C1 allowed", "C3", "C1", stateP3, answered},
	{"26", "6.5 C1 internal blocked", "C1", "C1", stateP3, blocked},
	{"27", "6.6 C1 internal allowed", "C1", "C1", stateP4, answered},
	{"28", "6.7 EKS to C1 allowed", "EKS", "C1", stateD, answered},
	{"29", "6.7 C2 to C1 allowed", "C2", "C1", stateD, answered},
	{"30", "6.7 C3 to C1 denied (explicit)", "C3", "C1", stateD, blocked},
	{"30-sharp", "6.7 C3 to C1 denied although allowed", "C3", "C1", stateDP3, blocked},
}

// missing says why a role is empty.
var missing = map[string]string{
	"EKS": "the stack has no test workloads (testWorkloads)",
	"C1":  "the stack has no cluster in its home account",
	"C2":  "the stack has no second cluster in its home account",
	"C3":  "the stack has no cluster outside its home account",
}

// guideCases adds the guide's thirty.
func (b *builder) guideCases() {
	for _, c := range []Case{
		{ID: "1", Name: "Service Discovery", Kind: Discovery},
		{ID: "2", Name: "HBONE Enrollment", Kind: Enrolment},
		{ID: "3", Name: "ServiceEntry Creation", Kind: Entries},
	} {
		c.State = Base
		if len(b.clusters) == 0 {
			b.inapplicable(c.ID, c.Name, "the stack has no ECS cluster")
			continue
		}
		b.add(c)
	}
	for _, r := range guide {
		from, to := b.roles[r.from], b.roles[r.to]
		switch _, walked := b.states()[r.state]; {
		case from == nil || r.from == "EKS" && from.caller == nil:
			b.inapplicable(r.id, r.name, missing[r.from])
		case to == nil || r.to == "EKS" && to.target == nil:
			b.inapplicable(r.id, r.name, missing[r.to])
		case from.caller == nil:
			b.inapplicable(r.id, r.name, "the stack has no service in "+from.key+" to call from")
		case to.target == nil:
			b.inapplicable(r.id, r.name, "the stack has no service in "+to.key+" that serves a port")
		case !walked && to != b.eks && b.fronted(to):
			b.inapplicable(r.id, r.name, "the service is behind a waypoint, which hides the caller's identity from the policies of the guide")
		case !walked:
			b.inapplicable(r.id, r.name, missing["C3"])
		default:
			expect := r.expect
			if r.state == Base {
				// The guide knows the mesh without policies only. The stack may have its own.
				expect = b.outcome(Base, from, to)
			}
			b.call(r.id, r.name, r.state, expect, from, to, to.target.request(from.caller))
		}
	}
}
