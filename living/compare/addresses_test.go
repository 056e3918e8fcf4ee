package compare_test

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

// The tasks of a service have their addresses where they run. Only what moves into the named subnets, or is new there, needs others.
func TestOnlyTasksThatComeNeedAddresses(t *testing.T) {
	const account, other, name = "external", "ecs-3/echo-service", "subnet-001"
	here, away := []string{"subnet-001", "subnet-002"}, []string{"subnet-public"}
	runs := func(tasks int, subnets []string) *compare.Import {
		return &compare.Import{LaunchType: "FARGATE", Tasks: tasks, Subnets: subnets}
	}
	for text, c := range map[string]struct {
		// service is the configuration's, with 12 tasks where it says a number.
		service config.Service
		// imported and owned are what lives of it. Desired is what the look-up of a living stack says. InMesh: its owner has enrolled it.
		imported, owned *compare.Import
		desired         int
		inMesh          bool
		free            int
		refused, warned string
	}{
		"a new service":                          {free: 11, refused: "11 free addresses, and the services there need 12 more"},
		"a new service with room":                {free: 12},
		"a service that lives":                   {desired: 12},
		"a service that grows":                   {desired: 10, free: 1, refused: "1 free addresses, and the services there need 2 more"},
		"an import that stays":                   {service: config.Service{Import: config.ImportUnchanged}, imported: runs(12, here), free: 10},
		"an import that nobody may look up":      {service: config.Service{Import: config.ImportUnchanged}, free: 10},
		"an import that moves when enrolled":     {service: config.Service{Import: config.ImportUnchanged}, imported: runs(12, away), free: 10, warned: "10 free addresses, and 12 are needed when the tasks of clusters.ecs-3.services.echo-service move there"},
		"an import that moves to room":           {service: config.Service{Import: config.ImportUnchanged}, imported: runs(12, away), free: 12},
		"an enrolment in place":                  {service: config.Service{Import: config.ImportEnrolled}, imported: runs(12, here[:1]), free: 0},
		"an enrolment from elsewhere":            {service: config.Service{Import: config.ImportEnrolled}, imported: runs(12, away), desired: 12, free: 11, refused: "11 free addresses, and the services there need 12 more"},
		"an enrolment from elsewhere, with room": {service: config.Service{Import: config.ImportEnrolled}, imported: runs(12, away), desired: 12, free: 12},
		"an enrolment from one subnet of two":    {service: config.Service{Import: config.ImportEnrolled}, imported: runs(12, []string{name, "subnet-public"}), free: 5, refused: "5 free addresses, and the services there need 6 more"},
		"an enrolment that grows in place":       {service: config.Service{Import: config.ImportEnrolled}, imported: runs(10, here), free: 1, refused: "need 2 more"},
		"an enrolment of what a scaler counts":   {service: config.Service{Import: config.ImportEnrolled, Scaling: &config.Scaling{}}, imported: runs(30, away), free: 22, refused: "22 free addresses, and the services there need 30 more"},
		"an enrolment that nobody looked up":     {service: config.Service{Import: config.ImportEnrolled}, free: 0},
		"an enrolled service":                    {service: config.Service{Import: config.ImportEnrolled}, desired: 12, free: 0},
		"an owner's service that stays":          {service: config.Service{DeployedBy: config.DeployedByOwner}, owned: runs(12, here), free: 10},
		"an owner's service that moves":          {service: config.Service{DeployedBy: config.DeployedByOwner}, owned: runs(30, away), desired: 30, free: 22, warned: "22 free addresses, and 30 are needed when the tasks of clusters.ecs-3.services.echo-service move there"},
		"an owner's service that has moved":      {service: config.Service{DeployedBy: config.DeployedByOwner}, owned: runs(30, away), inMesh: true, free: 0},
		"an owner's service that does not exist": {service: config.Service{DeployedBy: config.DeployedByOwner}, free: 0},
	} {
		cfg, w := their(t)
		count := 12
		service := cfg.Clusters["ecs-3"].Services["echo-service"]
		service.Import, service.DeployedBy, service.Scaling, service.DesiredCount = c.service.Import, c.service.DeployedBy, c.service.Scaling, &count
		cluster := cfg.Clusters["ecs-3"]
		cluster.Existing, cluster.Services = "shared", map[string]config.Service{"echo-service": service}
		for key := range cfg.Clusters {
			if cfg.Clusters[key].Account == account {
				delete(cfg.Clusters, key)
			}
		}
		cfg.Clusters["ecs-3"] = cluster
		for i, id := range here {
			s := w.Networks[account].Subnets[id]
			s.Free = c.free * (1 - i)
			w.Networks[account].Subnets[id] = s
		}
		w.Deployed = map[string]compare.Deployed{other: {InMesh: c.inMesh}}
		if c.imported != nil {
			w.Imports = map[string]*compare.Import{other: c.imported}
		}
		if c.owned != nil {
			w.Owned = map[string]*compare.Import{other: c.owned}
		}
		if c.desired > 0 {
			w.Services[other] = compare.Service{Desired: c.desired, Tags: map[string]string{config.InstallTag: cfg.Install}}
		}
		warnings, err := compare.Compare(cfg, w)
		var about []string
		for _, line := range append(warnings, linesOf(err)...) {
			if strings.Contains(line, "free addresses") {
				about = append(about, line)
			}
		}
		switch {
		case c.refused == "" && c.warned == "" && len(about) > 0:
			t.Errorf("%s: %q", text, about)
		case c.refused != "" && !slices.ContainsFunc(linesOf(err), func(l string) bool {
			return strings.Contains(l, "accounts.external.network.privateSubnetIds") && strings.Contains(l, c.refused)
		}):
			t.Errorf("%s: refused with %v", text, err)
		case c.warned != "" && (len(about) != 1 || !strings.Contains(about[0], c.warned) || !slices.Contains(warnings, about[0])):
			t.Errorf("%s: %q", text, about)
		}
	}
}

// linesOf are the lines of an error, none without one.
func linesOf(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
