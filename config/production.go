package config

import (
	"fmt"
	"slices"
)

// auditDays is how long audit logs should be kept, in days (AWS Security Hub CloudWatch.16,
// https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html, 2026-11-29).
const auditDays = 365

// openForGood warns of a stack that protect says is there to stay, whose services everybody in the mesh may call.
func (c Config) openForGood() []string {
	if !c.Protect {
		return nil
	}
	var all []string
	for _, n := range c.Namespaces() {
		if c.StageOf(n) == StagePermissive {
			all = append(all, fmt.Sprintf("%s: every workload of the mesh may call its services, since its policyStage is %s: see docs/policies.md for the way to l4", n.Name, StagePermissive))
		}
	}
	return all
}

// shortAudit warns of audit logs that are kept for less than a year in a stack that is there to stay.
func (c Config) shortAudit() []string {
	if c.HasExistingEKS() {
		return nil
	}
	if c.Protect && !slices.Contains(c.ControlPlaneLogs, logAudit) {
		return []string{"controlPlaneLogs: without audit nobody can find out who changed what in the EKS cluster (CIS Amazon EKS 2.1.1, AWS Security Hub EKS.8)"}
	}
	if !c.Protect || c.LogRetentionDays >= auditDays {
		return nil
	}
	return []string{fmt.Sprintf("logRetentionDays: the audit log of the EKS cluster is kept for %d days, and AWS Security Hub asks for %d", c.LogRetentionDays, auditDays)}
}
