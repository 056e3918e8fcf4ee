package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// The owner of a service may have anything in front of it, and only the mesh's port is open once it has joined.
func TestWhatCallsAnOwnersServicePastTheMeshIsSaid(t *testing.T) {
	fargate := func(change func(*compare.Import)) *compare.Import {
		s := &compare.Import{Controller: "ECS", LaunchType: "FARGATE", Scheduling: "REPLICA"}
		if change != nil {
			change(s)
		}
		return s
	}
	const field = "clusters.ecs-1.services.echo-service"
	for _, c := range []struct {
		name            string
		living          *compare.Import
		warned, refused []string
	}{
		{"nothing else", fargate(nil), nil, nil},
		{"no such service", nil, []string{"has no service echo-service", "owned.serviceName"}, nil},
		{"a load balancer", fargate(func(s *compare.Import) { s.Balancers = 2 }), []string{"2 target groups", "checks fail", "ingress of the mesh", "keeps the group that admits the load balancer", "no policy of the mesh sees"}, nil},
		{"VPC Lattice", fargate(func(s *compare.Import) { s.Lattices = 1 }), []string{"VPC Lattice", "echo-service.ambient-ecs-1.ecs.local"}, nil},
		{"Cloud Map", fargate(func(s *compare.Import) { s.Registered = true }), []string{"Cloud Map", "echo-service.ambient-ecs-1.ecs.local"}, nil},
		{"Service Connect", fargate(func(s *compare.Import) { s.Connect = true }), []string{"Service Connect", "in the deployment that joins"}, nil},
		{"CodeDeploy", fargate(func(s *compare.Import) { s.Controller = "CODE_DEPLOY" }), []string{"CODE_DEPLOY", "AppSpec"}, nil},
		{"another system", fargate(func(s *compare.Import) { s.Controller = "EXTERNAL" }), []string{"EXTERNAL", "task sets", "its owner alone knows"}, nil},
		{"EC2", fargate(func(s *compare.Import) { s.LaunchType = "EC2" }), nil, []string{"launch type is EC2"}},
		{"a daemon", fargate(func(s *compare.Import) { s.Scheduling = "DAEMON" }), nil, []string{"DAEMON"}},
		{"another install's", fargate(func(s *compare.Import) { s.Tags = map[string]string{config.InstallTag: "blue"} }), nil, []string{"belongs to the install blue"}},
		{"several", fargate(func(s *compare.Import) { s.Balancers, s.Connect, s.LaunchType = 1, true, "EXTERNAL" }), []string{"1 target groups", "Service Connect"}, []string{"launch type is EXTERNAL"}},
	} {
		cfg, w := byOwner(t)
		w.Owned = map[string]*compare.Import{"ecs-1/echo-service": c.living}
		if again, _ := compare.Compare(cfg, w); c.living != nil && len(again) > 0 {
			t.Errorf("%s: a service that its owner has enrolled is warned of %q", c.name, again)
		}
		delete(w.Deployed, "ecs-1/echo-service")
		warnings, err := compare.Compare(cfg, w)
		for _, words := range c.warned {
			if !slices.ContainsFunc(warnings, func(w string) bool { return strings.HasPrefix(w, field+": ") && strings.Contains(w, words) }) {
				t.Errorf("%s: no warning says %q: %q", c.name, words, warnings)
			}
		}
		if c.warned == nil && len(warnings) > 0 {
			t.Errorf("%s: warned of %q", c.name, warnings)
		}
		if (err != nil) != (c.refused != nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, words := range c.refused {
			if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), field+`.deployedBy = "owner"`) {
				t.Errorf("%s: the refusal does not say %q: %v", c.name, words, err)
			}
		}
	}
}
