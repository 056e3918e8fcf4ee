package doctor

import (
	"strings"
	"testing"

	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/verify/enrolled"
)

func TestAnOldStampOfAPipelineIsNamed(t *testing.T) {
	const subject = "m-ecs-1-echo:1"
	for _, c := range []struct {
		name  string
		spoil func(*Container)
		wants string
	}{
		{"enrolled now", func(*Container) {}, ""},
		{"no stamp", func(c *Container) { c.Labels = nil }, "has no stamp of enrol"},
		{"an old image", func(c *Container) {
			c.Labels[enrol.LabelInputs] = strings.Replace(c.Labels[enrol.LabelInputs], "image=", "image=0", 1)
		}, "before a change of image"},
		{"another identity", func(c *Container) { c.Labels[enrol.LabelIdentity] = "m-ecs-1/other" }, "before a change of identity"},
	} {
		f := healthy()
		cluster := f.stack.Clusters["ecs-1"]
		service := cluster.Services["echo"]
		// The stack knows nothing of the revision that a pipeline deployed.
		service.DeployedBy, service.TaskDefinitionARN = "pipeline", strings.Replace(service.TaskDefinitionARN, ":1", ":0", 1)
		cluster.Services["echo"] = service
		proxy := f.definition(subject).container(ztunnel)
		proxy.Labels = map[string]string{enrol.LabelIdentity: "m-ecs-1/ecs", enrol.LabelInputs: enrolled.Mesh(f.stack, "ecs-1", "ecs-1/ecs").Inputs()}
		c.spoil(proxy)
		result, err := Run(t.Context(), f, f.stack, Options{})
		stale, err2 := Stale(t.Context(), f, f.stack)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		found := result.Findings
		if c.wants == "" {
			if len(found)+len(stale) > 0 {
				t.Errorf("%s: %v, %v", c.name, found, stale)
			}
			continue
		}
		if len(found) != 1 || !found[0].Latent || found[0].Ingredient != "enrol-stamp" || found[0].Subject != subject || !strings.Contains(found[0].Sentence, c.wants) {
			t.Errorf("%s: %+v", c.name, found)
		}
		if len(stale) != 1 || stale[0].Sentence != found[0].Sentence {
			t.Errorf("%s: %+v", c.name, stale)
		}
	}
}
