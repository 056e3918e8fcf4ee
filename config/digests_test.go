package config

import (
	"strings"
	"testing"
	"time"
)

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestOnlyAPlaceholderKeepsTheProductionExampleFromLoading(t *testing.T) {
	_, err := Load(raw(stack("prod")))
	if err == nil {
		t.Fatal("the placeholders are accepted")
	}
	for _, line := range strings.Split(err.Error(), "\n")[1:] {
		if !strings.Contains(line, "placeholder") {
			t.Errorf("refused for another reason: %s", line)
		}
	}
	// The day of the example's versions: later their support ends, which is another warning's job.
	c, err := LoadAt(time.Date(2026, time.November, 29, 0, 0, 0, 0, time.UTC), raw(production()))
	if err != nil {
		t.Fatal(err)
	}
	if warned := append(c.Warnings(), c.Notices(Lives{})...); len(warned) > 0 {
		t.Errorf("the production example is warned of %q", warned)
	}
	if !c.RequireDigests || !c.Protect || c.TestWorkloads || !c.FlowLogs.Enabled || !c.Observability.Alarms.Enabled || c.NAT != NATPerZone || c.PolicyStage != StageL4 {
		t.Errorf("the production example is %+v", c)
	}
}

// production is the production example with an image's digest in place of each placeholder.
func production() map[string]any {
	values := stack("prod")
	for _, cluster := range values["clusters"].(object) {
		for _, service := range cluster.(object)["services"].(object) {
			repository, _, _ := strings.Cut(service.(object)["image"].(string), "@")
			service.(object)["image"] = repository + digest
		}
	}
	return values
}

func TestRefusedImages(t *testing.T) {
	const field = "clusters/ecs-1/services/echo-service/image"
	run(t, []refusal{
		one("a placeholder", field, "registry.example.com/a@sha256:"+strings.Repeat("a", 64), "echo-service.image", "placeholder"),
	})
	values := production()
	values["clusters"].(object)["payments"].(object)["services"].(object)["orders"].(object)["image"] = "444455556666.dkr.ecr.eu-central-1.amazonaws.com/orders:1.2"
	if _, err := Load(raw(values)); err == nil || !strings.Contains(err.Error(), "clusters.payments.services.orders.image") || !strings.Contains(err.Error(), "requireDigests is set") {
		t.Errorf("a tag where digests are asked for: %v", err)
	}
	values["requireDigests"] = false
	mustLoad(t, values)
}

func TestAStackThatStaysIsWarned(t *testing.T) {
	warned := func(edits ...edit) string {
		c := mustLoad(t, with(edits...))
		return strings.Join(append(c.Warnings(), c.Notices(Lives{})...), "\n")
	}
	for _, word := range []string{"means latest", "the way to l4", "audit log"} {
		if strings.Contains(warned(), word) {
			t.Errorf("a stack without protect is warned: %s", word)
		}
		if !strings.Contains(warned(edit{"protect", true}), word) {
			t.Errorf("a stack with protect is not warned: %s", word)
		}
	}
	if !strings.Contains(warned(edit{"protect", true}, edit{"controlPlaneLogs", list("api")}), "without audit") {
		t.Error("nobody is warned that there is no audit log")
	}
	if strings.Contains(warned(edit{"protect", true}, edit{"logRetentionDays", 365}, edit{"policyStage", "l4"}), "audit log") {
		t.Error("a year is long enough")
	}
	if strings.Contains(warned(edit{"protect", true}, edit{"policyStage", "l4"}), "the way to l4") {
		t.Error("l4 is not permissive")
	}
	meant := []edit{{"protect", true}}
	for _, key := range mustLoad(t, plain()).ClusterKeys() {
		if one := warned(meant...); strings.Count(one, "the way to l4") != 1 || !strings.Contains(one, "clusters."+key) {
			t.Errorf("not one warning, or not of %s: %s", key, one)
		}
		meant = append(meant, edit{"clusters/" + key + "/policyStage", "permissive"})
	}
	if one := warned(meant...); strings.Contains(one, "the way to l4") {
		t.Errorf("clusters that say permissive themselves are warned of: %s", one)
	}
	image := func(name string) string {
		return warned(edit{"protect", true}, edit{"clusters/ecs-1/services/echo-service/image", name})
	}
	for name, want := range map[string]bool{"registry:5000/a": true, "registry:5000/a:latest": true, "registry:5000/a:1.2": false, "public.ecr.aws/j8r2p7b6/echo-server" + digest: false} {
		if got := strings.Contains(image(name), "echo-service.image: "+name+" means latest"); got != want {
			t.Errorf("%s: warned %v", name, got)
		}
	}
}
