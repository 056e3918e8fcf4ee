package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestAnIstiodLivesBeforeItProgramsTheGateways(t *testing.T) {
	const both = `["istiod","istiod-1-29-1"]`
	for name, c := range map[string]struct {
		accounts string // in the trust of istiod's role, JSON; empty: no trust
		revision string
		tasks    bool
		refused  []string
	}{
		"it is the one that lives": {`"istiod"`, "default", true, nil},
		"it lives beside the old":  {both, "1-29-1", true, nil},
		"and back again":           {both, "default", true, nil},
		"no task runs yet":         {`"istiod"`, "1-29-1", false, nil},
		"the trust is not known":   {"", "1-29-1", true, nil},
		"it is new":                {`"istiod"`, "1-29-1", true, []string{`istioDefaultRevision = "1-29-1"`, "istiod-1-29-1 does not live yet", "Living are: istiod.", "Add the new one to istioRevisions beside", "docs/upgrade.md"}},
		"the unnamed one is gone":  {`"istiod-1-29-1"`, "default", true, []string{"istiod does not live yet", "Living are: istiod-1-29-1."}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := dev(t, func(cfg *config.Config) {
				cfg.IstioRevisions, cfg.IstioDefaultRevision = map[string]string{"default": cfg.IstioVersion, "1-29-1": cfg.IstioVersion}, c.revision
			})
			w := lives(cfg)
			if c.accounts != "" {
				role := w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()]
				role.Trust = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:RequestTag/kubernetes-service-account":` + c.accounts +
					`},"ArnEquals":{"aws:SourceArn":"` + cfg.EKSClusterARN() + `"}}}]}`
				w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()] = role
			}
			if c.tasks {
				w.Enrolled = map[string]compare.Enrolled{"ecs-1/echo-service": {Namespace: "ambient-ecs-1", ServiceAccount: "ecs"}}
			}
			says(t, cfg, w, c.refused, nil)
		})
	}
}
