package config

import (
	"slices"
	"strings"
	"testing"
)

// lent is the ECS cluster of another team in the dev stack's home account.
const lent = "arn:aws:ecs:eu-central-1:111122223333:cluster/Shared-Prod"

func TestRefusedExistingClusters(t *testing.T) {
	existing := func(value any) edit { return edit{"clusters/ecs-1/existing", value} }
	run(t, []refusal{
		one("no name of a cluster", "clusters/ecs-1/existing", "shared prod", `clusters.ecs-1.existing = "shared prod"`, "255 letters"),
		one("the ARN of a service", "clusters/ecs-1/existing", strings.Replace(lent, ":cluster/", ":service/", 1), "not the ARN of an ECS cluster"),
		one("another region", "clusters/ecs-1/existing", strings.Replace(lent, "eu-central-1", "eu-west-1", 1), "accounts.local is in region eu-central-1"),
		one("another partition", "clusters/ecs-1/existing", strings.Replace(lent, "arn:aws:", "arn:aws-cn:", 1), "partition aws"),
		one("another account", "clusters/ecs-1/existing", strings.Replace(lent, "111122223333", "999999999999", 1), "accounts.local is 111122223333"),
		one("the program's own name", "clusters/ecs-1/existing", "ambient-ecs-1", "the program gives this name"),
		one("the cluster that the program makes for another key", "clusters/ecs-1/existing", "ambient-ecs-2", "clusters.ecs-2 is the same ECS cluster"),
		{"one cluster twice, once by its ARN", []edit{existing("Shared-Prod"), {"clusters/ecs-2/existing", lent}}, [][]string{{"clusters.ecs-2.existing", "clusters.ecs-1 is the same ECS cluster"}}},
		{"logged sessions", []edit{existing("Shared-Prod"), {"ecsExec/logSessions", true}}, [][]string{{"clusters.ecs-1.existing", "ecsExec.logSessions", "let the owner configure"}}},
		{"a key for sessions", []edit{existing("Shared-Prod"), {"ecsExec/kmsKeyArn", "arn:aws:kms:eu-central-1:111122223333:key/0a"}}, [][]string{{"clusters.ecs-1.existing", "ecsExec.kmsKeyArn"}}},
	})
}

func TestRefusedImports(t *testing.T) {
	run(t, []refusal{
		one("a service of a cluster that the program makes", "clusters/ecs-1/services/echo-service/import", "unchanged", "clusters.ecs-1.services.echo-service.import is set", "set clusters.ecs-1.existing"),
		{"no step", []edit{{"clusters/ecs-1/existing", "Shared-Prod"}, {"clusters/ecs-1/services/echo-service/import", "yes"}}, [][]string{{`clusters.ecs-1.services.echo-service.import = "yes"`, "unchanged, enrolled"}}},
		{"a service of a pipeline", []edit{{"clusters/ecs-1/existing", "Shared-Prod"}, {"clusters/ecs-1/services/echo-service/import", "unchanged"}, {"clusters/ecs-1/services/echo-service/deployedBy", "pipeline"}},
			[][]string{{"clusters.ecs-1.services.echo-service.import is set", "without deployedBy"}}},
	})
	const field = "clusters.ecs-1.services.echo-service.serviceName"
	named := func(name string, more ...edit) []edit {
		return append([]edit{{"clusters/ecs-1/existing", "Shared-Prod"}, {"clusters/ecs-1/services/echo-service/import", "unchanged"}, {"clusters/ecs-1/services/echo-service/serviceName", name}}, more...)
	}
	run(t, []refusal{
		one("a name of a service that the program makes", "clusters/ecs-1/services/echo-service/serviceName", "Echo_API", field+" is set", "take a service over with import"),
		{"an impossible name", named("a/b"), [][]string{{field + ` = "a/b"`, "255"}}},
		{"the name of another service", named("shell-task"), [][]string{{field + ` = "shell-task"`, "services.shell-task is the same"}}},
		{"one service under two keys", named("Echo_API", edit{"clusters/ecs-1/services/again", object{"image": "a:1", "port": 8080, "import": "unchanged", "serviceName": "Echo_API"}}),
			[][]string{{field + ` = "Echo_API"`, "services.again is the same"}}},
	})
	c := mustLoad(t, with(named("Stack-EchoServiceD69D759B-Zx1")...))
	if c.ServiceName("ecs-1", "echo-service") != "Stack-EchoServiceD69D759B-Zx1" || !strings.HasSuffix(c.ServiceARN("ecs-1", "echo-service"), ":service/Shared-Prod/Stack-EchoServiceD69D759B-Zx1") ||
		!strings.HasPrefix(c.Hostname("ecs-1", "echo-service"), "echo-service.") {
		t.Errorf("the service is %s in ECS and %s in the mesh", c.ServiceARN("ecs-1", "echo-service"), c.Hostname("ecs-1", "echo-service"))
	}
	c = mustLoad(t, with(edit{"clusters/ecs-1/existing", "Shared-Prod"}, edit{"clusters/ecs-1/services/echo-service/import", "unchanged"}))
	if !c.HasImports("local") || c.HasImports("external") || mustLoad(t, plain()).HasImports("local") {
		t.Error("another account has the import")
	}
	if got := c.ImportedServices("ecs-1"); !slices.Equal(got, []string{"echo-service"}) {
		t.Errorf("the stack takes over %v", got)
	}
}

// istiod names its objects after cluster and service, so one word of a name is enough to keep callers from a service.
func TestANameWithAnUnderscoreIsWarnedOf(t *testing.T) {
	named := func(cluster, key, name string) Config {
		service := "clusters/ecs-1/services/" + key
		return mustLoad(t, with(edit{"clusters/ecs-1/existing", cluster}, edit{service + "/import", "unchanged"}, edit{service + "/serviceName", name}))
	}
	for _, c := range []struct{ cluster, key, name, words string }{
		{"Shared-Prod", "echo-service", "Echo-API", ""},
		{"Shared-Prod", "echo-service", "Echo_API", "clusters.ecs-1.services: the names in ECS of echo-service (Echo_API) have a _"},
		{"Shared_Prod", "echo-service", "Echo_API", "clusters.ecs-1.existing: the name has a _"},
		{"Shared-Prod", "shell-task", "Shell_Task", ""}, // nobody calls it
	} {
		var got []string
		for _, w := range named(c.cluster, c.key, c.name).Notices(Lives{}) {
			if strings.Contains(w, " a _, ") {
				got = append(got, w)
			}
		}
		if c.words == "" && len(got) > 0 || c.words != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.words)) {
			t.Errorf("%s/%s: the warnings are %q, without %q", c.cluster, c.name, got, c.words)
		}
	}
}

// A draft is compared with what lives before somebody has finished it.
func TestADraftIsThereThoughChecksRefuseIt(t *testing.T) {
	values := raw(with(edit{"clusters/ecs-1/services/echo-service/desiredCount", 99999}))
	c, read, refused := StackFile{}.Draft(".", values)
	if !read || refused == nil || !strings.Contains(refused.Error(), "desiredCount") || len(c.Clusters) == 0 {
		t.Errorf("read %v, refused %v, clusters %d", read, refused, len(c.Clusters))
	}
	if c, err := Load(values); err == nil || len(c.Clusters) > 0 {
		t.Errorf("Load gives %d clusters and %v", len(c.Clusters), err)
	}
	values["ambient-ecs:clusters"] = "no JSON"
	if c, read, refused := (StackFile{}).Draft(".", values); read || refused == nil || len(c.Clusters)+len(c.Accounts) > 0 {
		t.Errorf("read %v, refused %v, accounts %d", read, refused, len(c.Accounts))
	}
}

// Only the cluster has another name. What the program makes for it keeps the install's.
func TestAnExistingClusterKeepsItsName(t *testing.T) {
	for _, name := range []string{"Shared-Prod", lent} {
		c := mustLoad(t, with(edit{"clusters/ecs-1/existing", name}))
		if got := c.ECSName("ecs-1"); got != "Shared-Prod" {
			t.Errorf("%s: the ECS cluster is %s", name, got)
		}
		if got := c.ECSClusterARN("ecs-1"); got != lent {
			t.Errorf("%s: its ARN is %s", name, got)
		}
		service := c.Clusters["ecs-1"].ServiceKeys()[0]
		if got, want := c.ExistingServiceARNs("local")[0], "arn:aws:ecs:eu-central-1:111122223333:service/Shared-Prod/"+service; got != want {
			t.Errorf("%s: the service is %s, want %s", name, got, want)
		}
		if entry := c.ServiceEntry("ecs-1", service); entry != "ecs-service-111122223333-eu-central-1-shared-prod-"+service {
			t.Errorf("%s: its entry is %s", name, entry)
		}
		for what, got := range map[string]string{
			"namespace": c.Namespace("ecs-1"), "hostname": strings.TrimPrefix(c.Hostname("ecs-1", service), service+"."), "log group": strings.TrimPrefix(c.TaskLogGroup("ecs-1"), "/ecs/"),
			"task role": c.TaskRoleName("ecs-1", "ecs"), "family": c.TaskOf("ecs-1", service).Family, "schedules": c.ScheduleGroup("ecs-1"),
		} {
			if !strings.HasPrefix(got, "ambient-ecs-1") {
				t.Errorf("%s: the %s is %s", name, what, got)
			}
		}
	}
}

func TestWhatCannotBeSeenOfAnExistingClusterIsWarnedOf(t *testing.T) {
	c := mustLoad(t, with(edit{"clusters/ecs-1/existing", "shared_prod"}, edit{"clusters/ecs-1/services/echo-service/capacityProviderStrategy", list(
		object{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, object{"capacityProvider": "FARGATE_SPOT", "weight": 3})}))
	for _, words := range [][]string{{"clusters.ecs-1.existing", "what it does with a _"}, {"clusters.ecs-1.existing", "must have FARGATE and FARGATE_SPOT"}} {
		if notices := c.Notices(Lives{}); !slices.ContainsFunc(notices, func(w string) bool { return strings.Contains(w, words[0]) && strings.Contains(w, words[1]) }) {
			t.Errorf("no notice says %q: %q", words, notices)
		}
	}
}
