package policy

import "slices"

// EndpointPolicy lets the principals of the accounts, and nobody else, use the interface endpoint of a service. It keeps credentials
// of a foreign account from carrying data out of the VPC through the endpoint. What a principal may do, its own policies say.
//
// Two calls to STS are not signed, so they have no principal. They may lead to roles of the accounts only.
//
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, 2026-11-29.
func EndpointPolicy(service string, accounts []string) Document {
	accounts = slices.Sorted(slices.Values(accounts))
	document := Document{Statements: []Statement{{
		Sid:       "AccountsOfTheMesh",
		Principal: &Principal{AWS: Values{"*"}},
		Actions:   []string{"*"},
		Resources: []string{"*"},
		Condition: Condition{"StringEquals": {"aws:PrincipalAccount": accounts}},
	}}}
	if service == "sts" {
		document.Statements = append(document.Statements, Statement{
			Sid:       "FederatedIntoTheMesh",
			Principal: &Principal{AWS: Values{"*"}},
			Actions:   []string{"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"},
			Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:ResourceAccount": accounts}},
		})
	}
	return document
}
