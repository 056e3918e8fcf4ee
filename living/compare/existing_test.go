package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

const sharedARN = "arn:aws:ecs:eu-central-1:" + homeID + ":cluster/shared"

// lent puts the services of ecs-1 on another team's cluster.
func lent(c *config.Config) {
	cluster := c.Clusters["ecs-1"]
	cluster.Existing = "shared"
	c.Clusters["ecs-1"] = cluster
}

// ECS refuses a second service of a name, in the middle of an up.
func TestAServiceOfAnotherTeamIsNotMadeASecondTime(t *testing.T) {
	cfg := dev(t, lent)
	for owner, refused := range map[string]bool{"": true, "blue": true, cfg.Install: false} {
		w := lives(cfg)
		w.Services["ecs-1/echo-service"] = compare.Service{Desired: 1, LaunchType: "FARGATE", Tags: map[string]string{config.InstallTag: owner}}
		w.Services["ecs-1/shell-task"] = compare.Service{Desired: 1, LaunchType: "FARGATE", Tags: cfg.ResourceTags()}
		_, err := compare.Compare(cfg, w)
		if said := err != nil && strings.Contains(err.Error(), "clusters.ecs-1.services.echo-service is set: the cluster shared has a service of this name"); said != refused {
			t.Errorf("made by %q: %v", owner, err)
		}
	}
}

func TestALivingServiceIsFitToBeTakenOver(t *testing.T) {
	const echo = "ecs-1/echo-service"
	cfg := dev(t, func(c *config.Config) {
		lent(c)
		service := c.Clusters["ecs-1"].Services["echo-service"]
		service.Import = config.ImportUnchanged
		c.Clusters["ecs-1"].Services["echo-service"] = service
	})
	for _, c := range []struct {
		name   string
		living *compare.Import
		words  []string // none: it is taken over
	}{
		{"on Fargate", &compare.Import{Controller: "ECS", LaunchType: "FARGATE", Scheduling: "REPLICA", Subnets: []string{"subnet-1"}, Tags: map[string]string{"team": "apps"}}, nil},
		{"with a strategy", &compare.Import{Subnets: []string{"subnet-1"}}, nil},
		{"ours", &compare.Import{Subnets: []string{"subnet-1"}, Tags: map[string]string{config.InstallTag: cfg.Install}}, nil},
		{"none", nil, []string{"the cluster shared has no service echo-service"}},
		{"another controller", &compare.Import{Controller: "EXTERNAL"}, []string{"deployment controller is EXTERNAL", "ambient enrol"}},
		{"everything at once", &compare.Import{Controller: "CODE_DEPLOY", LaunchType: "EC2", Scheduling: "DAEMON", Connect: true, Balancers: 2, Lattices: 1, Registered: true, Tags: map[string]string{config.InstallTag: "blue"}},
			[]string{"deployment controller is CODE_DEPLOY", "launch type is EC2", "scheduling strategy is DAEMON", "uses Service Connect", "has 2 load balancers", "VPC Lattice", "Cloud Map", "the install blue"}},
	} {
		w := lives(cfg)
		delete(w.Services, echo) // this stack did not make it
		w.Imports = map[string]*compare.Import{echo: c.living}
		warnings, err := compare.Compare(cfg, w)
		if (err != nil) != (c.words != nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "clusters.ecs-1.services.echo-service.import is set") {
				t.Errorf("%s: the refusal does not say %q: %v", c.name, word, err)
			}
		}
		if c.words == nil && !slices.ContainsFunc(warnings, func(w string) bool {
			return strings.Contains(w, "echo-service (now in subnet-1): nothing of a service changes while its import is unchanged") && strings.Contains(w, "to the private subnets of account local ("+cfg.Accounts["local"].VPCCIDR)
		}) {
			t.Errorf("%s: nobody says that the tasks move: %q", c.name, warnings)
		}
	}
	w := lives(cfg)
	delete(w.Services, echo)
	w.Unseen[compare.ImportSubject("ecs-1", "echo-service")] = "AccessDenied"
	if _, err := compare.Compare(cfg, w); err != nil {
		t.Errorf("who may not look: %v", err)
	}
}

func TestAnExistingClusterIsFitToJoin(t *testing.T) {
	cfg := dev(t, lent)
	alarmed := dev(t, func(c *config.Config) { lent(c); c.Observability.Alarms.Enabled = true })
	active := func(tags map[string]string) compare.ECSCluster {
		return compare.ECSCluster{ARN: sharedARN, Status: "ACTIVE", Tags: tags}
	}
	for _, c := range []struct {
		name    string
		cfg     config.Config
		cluster compare.ECSCluster
		words   []string // none: it is silence
	}{
		{"not in a mesh", cfg, active(map[string]string{"team": "shop"}), nil},
		{"ours since the last up", cfg, active(map[string]string{config.InstallTag: cfg.Install, config.DiscoveryTag: "true"}), nil},
		{"ours, and the up was killed", cfg, active(map[string]string{config.InstallTag: cfg.Install}), nil},
		{"with Container Insights", alarmed, compare.ECSCluster{ARN: sharedARN, Status: "ACTIVE", Insights: true}, nil},
		{"none", cfg, compare.ECSCluster{}, []string{"account local (" + homeID + ") has no ECS cluster of this name in eu-central-1"}},
		{"another ARN", cfg, compare.ECSCluster{ARN: strings.Replace(sharedARN, homeID, otherID, 1), Status: "ACTIVE"}, []string{"the stack file means " + sharedARN}},
		{"another install's", cfg, active(map[string]string{config.InstallTag: "blue", config.DiscoveryTag: "true"}), []string{"belongs to the install blue"}},
		{"discovered by somebody", cfg, active(map[string]string{config.DiscoveryTag: "True"}), []string{config.DiscoveryTag + "=True already", "another istiod"}},
		{"kept out", cfg, active(map[string]string{config.DiscoveryTag: "false"}), []string{"keeps the cluster out of meshes"}},
		{"everything at once", alarmed, compare.ECSCluster{ARN: sharedARN, Status: "DEPROVISIONING", Tags: map[string]string{config.InstallTag: "blue"}},
			[]string{"its status is DEPROVISIONING", "belongs to the install blue", "Container Insights is off", "update-cluster-settings --region eu-central-1 --cluster shared"}},
	} {
		w := lives(c.cfg)
		w.ECSClusters = map[string]compare.ECSCluster{"ecs-1": c.cluster}
		_, err := compare.Compare(c.cfg, w)
		if (err != nil) != (c.words != nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), `clusters.ecs-1.existing = "shared"`) {
				t.Errorf("%s: the refusal does not say %q: %v", c.name, word, err)
			}
		}
	}
	w := lives(cfg)
	w.Unseen[compare.ExistingSubject(sharedARN)] = "AccessDenied"
	if warnings, err := compare.Compare(cfg, w); err != nil || !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "the ECS cluster "+sharedARN) }) {
		t.Errorf("who may not look: %v, %v", warnings, err)
	}
}

// With or without the key a service has another provider, and Pulumi deletes it for that.
func TestAServiceStaysWithTheProviderThatHasIt(t *testing.T) {
	const echo, field = "ecs-1/echo-service", "clusters.ecs-1.services.echo-service.import"
	for name, c := range map[string]struct {
		key   config.Import
		taken bool
		words []string
	}{
		"made by the stack":              {"", false, nil},
		"taken over":                     {config.ImportEnrolled, true, nil},
		"taken over, and left alone now": {config.ImportUnchanged, true, nil},
		"the key is gone":                {"", true, []string{field + " is not set", "delete it and make it anew", "Set it to enrolled"}},
		"the key is new":                 {config.ImportEnrolled, false, []string{field + ` = "enrolled"`, "If the stack made it, leave the key out", "key=ambient-ecs-import,value=enrolled"}},
		"an import of one's own":         {config.ImportUnchanged, false, []string{field + ` = "unchanged"`, "leave the key out"}},
	} {
		cfg := dev(t, func(c2 *config.Config) {
			lent(c2)
			service := c2.Clusters["ecs-1"].Services["echo-service"]
			service.Import = c.key
			c2.Clusters["ecs-1"].Services["echo-service"] = service
		})
		w := lives(cfg)
		w.Services[echo] = compare.Service{Desired: 1, LaunchType: "FARGATE", Tags: cfg.ResourceTags()}
		if c.taken {
			w.Services[echo].Tags[config.ImportTag] = "enrolled"
		}
		_, err := compare.Compare(cfg, w)
		refuses(t, name, err, c.words)
	}
}

// Its launch type is empty, so it looks like a service on Fargate's own providers.
func TestAServiceOnACapacityProviderOfEC2IsNoMember(t *testing.T) {
	for provider, fits := range map[string]bool{"FARGATE": true, "FARGATE_SPOT": true, "machines": false} {
		reasons := compare.Import{Providers: []compare.Provider{{Name: provider, Weight: 1}}}.Unfit("ambient")
		if fits != (len(reasons) == 0) || !fits && !strings.Contains(reasons[0], `its capacity provider "machines" is not one of Fargate's`) {
			t.Errorf("%s: %q", provider, reasons)
		}
	}
}
