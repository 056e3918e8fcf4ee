package policy

import "ambient-ecs/iam/actions"

// teamPolicies are the managed policies of the teams' roles, and their boundaries.
func teamPolicies(d Deployer, _ AccountKind) []string {
	return []string{d.policy(d.Install + "-team-*")}
}

// teamRoles are the roles with which teams deploy.
func teamRoles(d Deployer, _ AccountKind) []string { return []string{d.role(d.Install + "-team-*")} }

func policiesOfTeams(d Deployer, kind AccountKind) Condition {
	return Condition{"ArnLike": {"iam:PolicyARN": teamPolicies(d, kind)}}
}

func hasTeams(d Deployer) bool { return d.Teams }

var teamRules = []rule{
	{
		policy: TeamsPolicy, sid: "PoliciesOfTeams", applies: hasTeams,
		covers: oneOf(actions.Teams[0].All()), resources: teamPolicies,
	},
	{
		policy: TeamsPolicy, sid: "AttachPoliciesOfTeams", applies: hasTeams,
		covers: is("iam:AttachRolePolicy"), resources: teamRoles,
		condition: func(d Deployer, kind AccountKind) Condition { return within(policiesOfTeams(d, kind), d, kind) },
	},
	{
		policy: TeamsPolicy, sid: "DetachPoliciesOfTeams", applies: hasTeams,
		covers: is("iam:DetachRolePolicy"), resources: teamRoles, condition: policiesOfTeams,
	},
}
