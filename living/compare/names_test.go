package compare_test

import (
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

func TestANameThatALivingServiceLosesIsWarnedOf(t *testing.T) {
	const field = "clusters.ecs-1.services.echo-service: this up "
	for name, c := range map[string]struct {
		living map[string]string // instead of the tags that the configuration means
		change func(*config.Config)
		warned []string
	}{
		"nothing changes":  {},
		"another name":     {living: map[string]string{config.TagHostname: "old.ecs.local"}, warned: []string{field + "takes old.ecs.local away", "fail from then on", "new tasks run. Without", "docs/living-stack.md"}},
		"with policies":    {living: map[string]string{config.TagHostname: "old.ecs.local"}, change: func(c *config.Config) { c.PolicyStage = config.StageL4 }, warned: []string{"new tasks run, and with policyStage l4 the tasks that run refuse every call until then"}},
		"another port":     {living: map[string]string{config.TagPorts: "http:80"}, warned: []string{field + "takes port 80 away"}},
		"a port more":      {living: map[string]string{config.TagPorts: ""}},
		"another protocol": {living: map[string]string{config.TagPorts: "tcp:8080"}},
		"an identity":      {living: map[string]string{config.TagServiceAccount: "old"}, change: func(c *config.Config) { c.PolicyStage = config.StageL4 }},
		"an identity by name": {living: map[string]string{config.TagServiceAccount: "old"}, change: func(c *config.Config) {
			c.PolicyStage = config.StageL4
			echoes(c, func(s *config.Service) { s.ServiceAccount = "echo" })
			other := c.Clusters["ecs-2"].Services["echo-service"]
			other.Access, other.Allow = config.AccessDeclared, []config.Rule{{From: []string{"service:ecs-1/echo-service"}}}
			c.Clusters["ecs-2"].Services["echo-service"] = other
		}, warned: []string{field + "changes its identity from ambient-ecs-1/old to ambient-ecs-1/echo. clusters.ecs-2.services.echo-service admit it", "let them admit cluster:ecs-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := dev(t, c.change)
			w := lives(cfg)
			tags := cfg.DiscoveryTags("ecs-1", "echo-service")
			for key, value := range c.living {
				tags[key] = value
			}
			tags[config.InstallTag] = cfg.Install
			w.Services["ecs-1/echo-service"] = compare.Service{Desired: w.Services["ecs-1/echo-service"].Desired, LaunchType: "FARGATE", Tags: tags}
			says(t, cfg, w, nil, c.warned)
		})
	}
}
