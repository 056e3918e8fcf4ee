package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/living/compare"
)

const pipelined = "clusters.ecs-1.services.echo-service"

// byPipeline is the dev stack whose echo-service a pipeline deploys, and what lives after its `up` and an enrolment.
func byPipeline(t *testing.T) (config.Config, compare.World) {
	t.Helper()
	cfg := dev(t, func(c *config.Config) {
		s := c.Clusters["ecs-1"].Services["echo-service"]
		s.DeployedBy = config.DeployedByPipeline
		c.Clusters["ecs-1"].Services["echo-service"] = s
	})
	w := lives(cfg)
	given := cfg.EnrolMesh("ecs-1", "echo-service", nil)
	given.Token = "token"
	identity := cfg.IdentityOf("ecs-1", "echo-service")
	w.Deployed = map[string]compare.Deployed{"ecs-1/echo-service": {
		Definition: "arn:aws:ecs:eu-central-1:111122223333:task-definition/ambient-ecs-1-echo-service:7", InMesh: true,
		Tags: cfg.DiscoveryTags("ecs-1", "echo-service"), Given: config.Given(given, cfg.ControlPlane()),
		Labels: map[string]string{enrol.LabelIdentity: identity.Namespace + "/" + identity.ServiceAccount, enrol.LabelInputs: given.Inputs()},
	}}
	return cfg, w
}

// enrolled is a service that somebody else deploys, after a change: of what runs, or of the configuration.
type enrolled struct {
	name            string
	deployed        func(*compare.Deployed)
	change          func(*config.Config, *compare.World)
	refused, warned []string
}

func (c enrolled) try(t *testing.T, lives func(*testing.T) (config.Config, compare.World)) {
	t.Helper()
	cfg, w := lives(t)
	if c.deployed != nil {
		d := w.Deployed["ecs-1/echo-service"]
		c.deployed(&d)
		w.Deployed["ecs-1/echo-service"] = d
	}
	if c.change != nil {
		c.change(&cfg, &w)
	}
	t.Run(c.name, func(t *testing.T) { says(t, cfg, w, c.refused, c.warned) })
}

func TestAPipelineThatIsBehindHoldsUpTheNextStep(t *testing.T) {
	restart := map[string]string{"ambient-ecs/mesh-ca": "new"}
	for _, c := range []enrolled{
		{name: "enrolled, and nothing changes"},
		{name: "a step", change: func(_ *config.Config, w *compare.World) { w.Restart = restart }, warned: []string{"this up changes", "certificate authority", "Run enrol again afterwards"}},
		{name: "presets of single containers", change: func(c *config.Config, _ *compare.World) {
			s := c.Clusters["ecs-1"].Services["echo-service"]
			s.Clients = map[string]string{"otel": "none"}
			c.Clusters["ecs-1"].Services["echo-service"] = s
		}, warned: []string{"this up changes the presets of single containers", "Run enrol again afterwards"}},
		{name: "no presets any more", deployed: func(d *compare.Deployed) {
			d.Given += " clients=0123456789ab"
			d.Labels[enrol.LabelInputs] += " clients=0123456789ab"
		}, warned: []string{"this up changes the presets of single containers"}},
		{name: "istiod alone", change: func(c *config.Config, _ *compare.World) {
			c.IstioRevisions = map[string]string{"default": "1.29.1-solo"}
		}},
		{name: "an old token", deployed: old("token"), warned: []string{"echo-service:7", "enrolled before a change of the bootstrap token", "no step"}},
		{name: "an old token and a step", deployed: old("token"), change: func(_ *config.Config, w *compare.World) { w.Restart = restart },
			refused: []string{pipelined, "echo-service:7", "the bootstrap token", "would change", "certificate authority"}},
		{name: "an old image and the next istiod", deployed: old("image"), change: func(c *config.Config, _ *compare.World) {
			c.IstioRevisions = map[string]string{"default": "1.30.0-solo"}
		},
			refused: []string{pipelined, "ztunnel's image", "istiod's version"}},
		{name: "no ztunnel", deployed: func(d *compare.Deployed) { d.InMesh = false }, warned: []string{"no container ztunnel"}},
		{name: "no stamp", deployed: func(d *compare.Deployed) { d.Labels = nil }, warned: []string{"which enrol did not make"}},
		{name: "another identity", deployed: func(d *compare.Deployed) { d.Labels[enrol.LabelIdentity] = "a/b" }, warned: []string{"the identity"}},
		{name: "the roles of the stack file", deployed: roles("ambient-ecs-1-ecs", "ambient-execution-local")},
		{name: "a task role that would go", deployed: roles("ambient-ecs-1-gone", "ambient-execution-local"),
			refused: []string{pipelined, "task role", "role/ambient-ecs-1-gone", "would delete", "role/ambient-ecs-1-ecs"}},
		{name: "an execution role that would go", deployed: roles("ambient-ecs-1-ecs", "ambient-ecs-1-echo-service-execution"),
			refused: []string{pipelined, "execution role", "echo-service-execution", "would delete"}},
		{name: "a task role of the team", deployed: roles("orders", "ambient-execution-local"), warned: []string{"role/orders", "deploy a revision"}},
		{name: "a task role that another service has", deployed: roles("ambient-ecs-2-ecs", "ambient-execution-local"), warned: []string{"role/ambient-ecs-2-ecs"}},
		{name: "a log group that would go", change: func(c *config.Config, _ *compare.World) {
			cluster := c.Clusters["ecs-1"]
			cluster.LogGroup = "/apps/all"
			c.Clusters["ecs-1"] = cluster
		}, refused: []string{"clusters.ecs-1.logGroup", "which this up would delete", "Take deployedBy away"}, warned: []string{"the log group"}},
		{name: "new tags", deployed: func(d *compare.Deployed) { d.Tags[config.TagHostname] = "old.example" }, warned: []string{config.TagHostname, "only new tasks get"}},
	} {
		c.try(t, byPipeline)
	}
}

// roles are those of the running revision.
func roles(task, execution string) func(*compare.Deployed) {
	return func(d *compare.Deployed) {
		d.TaskRole, d.ExecutionRole = "arn:aws:iam::111122223333:role/"+task, "arn:aws:iam::111122223333:role/"+execution
	}
}

// old is a stamp from before a change of an input.
func old(input string) func(*compare.Deployed) {
	return func(d *compare.Deployed) {
		all := enrol.ReadInputs(d.Labels[enrol.LabelInputs])
		d.Labels[enrol.LabelInputs] = strings.Replace(d.Labels[enrol.LabelInputs], input+"="+all[input], input+"=000000000000", 1)
	}
}
