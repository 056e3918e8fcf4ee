package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// byOwner is the dev stack whose echo-service is an owner's, and what lives after its `up` and an enrolment.
func byOwner(t *testing.T) (config.Config, compare.World) {
	t.Helper()
	cfg, w := byPipeline(t)
	s := cfg.Clusters["ecs-1"].Services["echo-service"]
	s.DeployedBy, s.Image = config.DeployedByOwner, ""
	cfg.Clusters["ecs-1"].Services["echo-service"] = s
	living := w.Services["ecs-1/echo-service"]
	living.Tags, living.Desired = cfg.DiscoveryTags("ecs-1", "echo-service"), 7
	w.Services["ecs-1/echo-service"] = living
	return cfg, w
}

func TestAnOwnerThatIsBehindHoldsUpTheNextStep(t *testing.T) {
	restart := map[string]string{"ambient-ecs/mesh-ca": "new"}
	for _, c := range []enrolled{
		{name: "enrolled, with another number of tasks than a stack file would say"},
		{name: "not in the mesh yet", deployed: func(d *compare.Deployed) { d.InMesh = false }, warned: []string{"Not in the mesh yet", "ambient enrol", "/ambient-ecs/ambient/v1/ecs-1/services/echo-service"}},
		{name: "not in the mesh yet, and a step", deployed: func(d *compare.Deployed) { d.InMesh = false },
			change: func(_ *config.Config, w *compare.World) { w.Restart = restart }, warned: []string{"Not in the mesh yet"}},
		{name: "a step", change: func(_ *config.Config, w *compare.World) { w.Restart = restart }, warned: []string{"this up changes", "certificate authority", "let its owner deploy it"}},
		{name: "an old token", deployed: old("token"), warned: []string{"enrolled before a change of the bootstrap token", "let its owner deploy it", "no step"}},
		{name: "an old token and a step", deployed: old("token"), change: func(_ *config.Config, w *compare.World) { w.Restart = restart },
			refused: []string{pipelined, "the bootstrap token", "would change", "certificate authority", "let its owner deploy it first"}},
		{name: "an old image and the next istiod", deployed: old("image"), change: func(c *config.Config, _ *compare.World) {
			c.IstioRevisions = map[string]string{"default": "1.30.0-solo"}
		}, refused: []string{pipelined, "ztunnel's image", "istiod's version"}},
		{name: "no record of the last up", deployed: func(d *compare.Deployed) { d.Given = "" }, change: func(_ *config.Config, w *compare.World) { w.Restart = restart },
			warned: []string{"enrolled before a change of"}},
		{name: "a task role that would go", deployed: roles("ambient-ecs-1-gone", "ambient-execution-local"),
			refused: []string{pipelined, "task role", "would delete", "Keep the old one for one up"}},
		{name: "the owner's own execution role", deployed: roles("ambient-ecs-1-ecs", "apps-execution"), warned: []string{"role/apps-execution", "Let its owner deploy"}},
		{name: "tags that the owner has not set", deployed: func(d *compare.Deployed) { delete(d.Tags, config.TagHostname) },
			warned: []string{"its owner has to set the tags " + config.TagHostname + "=echo-service.ambient-ecs-1.ecs.local"}},
		{name: "a service that this stack made", change: func(c *config.Config, w *compare.World) {
			living := w.Services["ecs-1/echo-service"]
			living.Tags = with(living.Tags, config.InstallTag, c.Install)
			w.Services["ecs-1/echo-service"] = living
		}, refused: []string{pipelined + `.deployedBy = "owner"`, "Pulumi would delete it"}},
		{name: "from the owner to the program", change: func(c *config.Config, _ *compare.World) {
			s := c.Clusters["ecs-1"].Services["echo-service"]
			s.DeployedBy, s.Image = "", "registry.example/echo:1"
			cluster := c.Clusters["ecs-1"]
			cluster.Existing, cluster.Services = "Apps", map[string]config.Service{"echo-service": s}
			c.Clusters["ecs-1"] = cluster
		}, refused: []string{pipelined, "did not make", "deployedBy: owner"}},
	} {
		c.try(t, byOwner)
	}
}

func TestAServiceHasJoinedWhenItsRevisionIsEnrolled(t *testing.T) {
	cfg, w := byOwner(t)
	if joined := w.Joined(cfg); !joined["ecs-1/echo-service"] || len(joined) != 1 {
		t.Errorf("joined are %v", joined)
	}
	w.Deployed = nil
	if joined := w.Joined(cfg); joined["ecs-1/echo-service"] {
		t.Error("a service that nobody saw has joined")
	}
}
