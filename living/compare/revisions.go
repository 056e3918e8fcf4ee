package compare

import (
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/iam/evaluation"
)

// revisions refuses an istiod that is new and programs the gateways at once. Every task reaches its istiod by the gateway, and until the
// new one is ready none does.
func (c *comparison) revisions() {
	next, living := config.Revision{Name: c.cfg.IstioDefaultRevision}.IstiodName(), c.istiods()
	if len(c.world.Enrolled) == 0 || len(living) == 0 || slices.Contains(living, next) {
		return
	}
	c.problems.Refuse("istioDefaultRevision", c.cfg.IstioDefaultRevision, "%s does not live yet, and every task would lose its istiod until it does. Living are: %s. Add the new one to istioRevisions beside them, run `pulumi up`, "+
		"and name it here in the next update (docs/upgrade.md)", next, strings.Join(living, ", "))
}

// istiods are the service accounts of the istiods that live, as the trust of their role names them. None: not known.
func (c *comparison) istiods() (accounts []string) {
	trust, err := evaluation.Parse(c.world.Accounts[c.cfg.Home].Roles[c.cfg.IstiodRoleName()].Trust)
	if err != nil {
		return nil
	}
	for _, statement := range trust.Statement {
		accounts = append(accounts, statement.Condition["StringEquals"]["aws:RequestTag/kubernetes-service-account"]...)
	}
	return accounts
}
