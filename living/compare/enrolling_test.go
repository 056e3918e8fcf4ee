package compare_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/ecs/task/application"
	"ambient-ecs/living/compare"
)

const taken, takenField = "ecs-1/echo-service", "clusters.ecs-1.services.echo-service.import"

// taking is a stack that takes a service over, which is one step further with enrolled.
func taking(t *testing.T, how config.Import, change func(*config.Service)) config.Config {
	t.Helper()
	return dev(t, func(c *config.Config) {
		lent(c)
		service := c.Clusters["ecs-1"].Services["echo-service"]
		service.Import, service.Image, service.Command, service.Environment, service.Secrets = how, "shop/echo:1", nil, map[string]string{"MODE": "fast"}, map[string]string{"KEY": "/echo/key"}
		if change != nil {
			change(&service)
		}
		c.Clusters["ecs-1"].Services["echo-service"] = service
	})
}

// shown is a container as AWS shows it.
type shown struct {
	Name, Image          string
	EntryPoint, Command  []string
	PortMappings         []map[string]any
	Environment, Secrets []map[string]string
}

// running is the service as its team runs it: as the stack file says.
func running(t *testing.T, cfg config.Config, change func(*shown)) *compare.Import {
	t.Helper()
	c := shown{
		Name: "app", Image: "shop/echo:1", Environment: []map[string]string{{"name": "MODE", "value": "slow"}},
		Secrets: []map[string]string{{"name": "KEY", "valueFrom": "/echo/key"}},
	}
	for _, port := range cfg.PortsOf("ecs-1", "echo-service") {
		c.PortMappings = append(c.PortMappings, map[string]any{"containerPort": port.Port, "protocol": "tcp"})
	}
	if change != nil {
		change(&c)
	}
	text, err := json.Marshal([]shown{c})
	if err != nil {
		t.Fatal(err)
	}
	containers, err := application.Read(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return &compare.Import{
		LaunchType: "FARGATE", Subnets: []string{"subnet-1"}, Groups: []string{"sg-0a", "sg-0b"}, Definition: "arn:aws:ecs:eu-central-1:" + homeID + ":task-definition/echo:7",
		Containers: containers,
	}
}

func compared(cfg config.Config, living *compare.Import) (warnings []string, err error) {
	w := lives(cfg)
	if delete(w.Services, taken); living != nil {
		w.Services[taken] = compare.Service{Desired: 1, LaunchType: "FARGATE", Tags: living.Tags}
		w.Imports = map[string]*compare.Import{taken: living}
	}
	return compare.Compare(cfg, w)
}

// Pulumi would create a service that its state does not have, and ECS refuses a second one in the middle of an up.
func TestOnlyAnImportedServiceIsEnrolled(t *testing.T) {
	cfg := taking(t, config.ImportEnrolled, nil)
	w := lives(cfg)
	if delete(w.Services, taken); len(w.Enrolling(cfg)) != 0 {
		t.Errorf("a service that does not live is enrolled: %v", w.Enrolling(cfg))
	}
	for name, lives := range map[string]func(){
		"as others made it":         func() { w.Imports = map[string]*compare.Import{taken: running(t, cfg, nil)} },
		"enrolled, without a state": func() { w.Imports, w.Services[taken] = nil, compare.Service{Tags: cfg.ResourceTags()} },
	} {
		if lives(); !slices.Equal(w.Enrolling(cfg), []string{taken}) {
			t.Errorf("%s: %v", name, w.Enrolling(cfg))
		}
	}
	refuses(t, "not imported", compare.NotImported(cfg, []string{taken}), []string{takenField + ` = "enrolled"`, "the cluster shared has the service echo-service, and Pulumi's state does not have it", "Set import to unchanged first and run `pulumi up`"})
	refuses(t, "imported", compare.NotImported(cfg, nil), nil)
}

func TestAServiceThatCannotJoinIsNotEnrolledEither(t *testing.T) {
	cfg := taking(t, config.ImportEnrolled, nil)
	living := running(t, cfg, nil)
	living.Controller, living.Balancers, living.Connect = "CODE_DEPLOY", 1, true
	_, err := compared(cfg, living)
	refuses(t, "behind a load balancer", err, []string{takenField + " is set", "CODE_DEPLOY", "has 1 load balancers", "Service Connect"})
	_, err = compared(cfg, running(t, cfg, nil))
	refuses(t, "on Fargate", err, nil)
	_, err = compared(cfg, nil)
	refuses(t, "deleted by somebody", err, nil)
}

// The stack file may be weeks old. A deployment of its team since then would be undone.
func TestAnEnrolmentUndoesNoDeployment(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*shown)
		words  []string // none: nothing differs
	}{
		{"as the stack file says, with another value", nil, nil},
		{"another image", func(c *shown) { c.Image = "shop/echo:2" }, []string{"image of the container app runs as shop/echo:2, and there it is shop/echo:1"}},
		{"another command", func(c *shown) { c.Command = []string{"serve", "-v"} }, []string{"command of the container app runs as [serve -v], and there it is not set"}},
		{"another entry point", func(c *shown) { c.EntryPoint = []string{"/init"} }, []string{"entryPoint of the container app runs as [/init]"}},
		{"another port", func(c *shown) { c.PortMappings[0]["containerPort"] = 9999 }, []string{"portMappings of the container app runs as [9999/tcp]"}},
		{"another variable", func(c *shown) {
			c.Environment = append(c.Environment, map[string]string{"name": "NEW", "value": "s3cr3t"})
		}, []string{"the variable NEW of the container app runs as a value, and there it is not set"}},
		{"another secret", func(c *shown) { c.Secrets[0]["valueFrom"] = "/echo/key2" }, []string{"the variable KEY of the container app runs as the secret /echo/key2, and there it is the secret /echo/key"}},
		{"several at once", func(c *shown) { c.Image, c.Secrets = "shop/echo:2", nil }, []string{"shop/echo:2", "the variable KEY of the container app runs as not set"}},
	} {
		cfg := taking(t, config.ImportUnchanged, nil)
		warnings, err := compared(cfg, running(t, cfg, c.change))
		all := strings.Join(warnings, "\n")
		refuses(t, c.name+", unchanged", err, nil)
		for _, word := range append(slices.Clone(c.words), "echo:7 runs, and the stack file says something else", "The preview with enrolled refuses this", "aws ecs describe-task-definition --region eu-central-1 --task-definition echo:7") {
			if strings.Contains(all, word) != (c.words != nil) {
				t.Errorf("%s, unchanged: about %q: %s", c.name, word, all)
			}
		}
		cfg = taking(t, config.ImportEnrolled, nil)
		_, err = compared(cfg, running(t, cfg, c.change))
		if refuses(t, c.name+", enrolled", err, c.words) && err != nil && (!strings.Contains(err.Error(), takenField+` = "enrolled"`) || !strings.Contains(err.Error(), "deploy it first with the tool") || strings.Contains(err.Error(), "s3cr3t")) {
			t.Errorf("%s, enrolled: %v", c.name, err)
		}
		// From the enrolment on the stack file decides, and nobody may have looked.
		living := running(t, cfg, c.change)
		living.Tags = with(cfg.ResourceTags(), config.ImportTag, "enrolled")
		_, err = compared(cfg, living)
		refuses(t, c.name+", the stack's", err, nil)
		living = running(t, cfg, c.change)
		living.Containers = nil
		_, err = compared(cfg, living)
		refuses(t, c.name+", not seen", err, nil)
	}
}

// The old security group goes, and with it every rule of others that names it.
func TestTheTeamHearsWhatItsServiceMayStillCall(t *testing.T) {
	egress := []config.Egress{{CIDR: "10.9.0.0/16", Port: 5432}}
	for name, c := range map[string]struct {
		how    config.Import
		egress []config.Egress
		words  []string
	}{
		"unchanged": {config.ImportUnchanged, nil, []string{"After the up with enrolled its tasks no longer have sg-0a, sg-0b", "It has none"}},
		"enrolled":  {config.ImportEnrolled, egress, []string{"This up enrols the service, and then its tasks no longer have sg-0a, sg-0b", "It has tcp 5432 to 10.9.0.0/16"}},
	} {
		cfg := taking(t, c.how, func(s *config.Service) { s.Egress = c.egress })
		warnings, err := compared(cfg, running(t, cfg, nil))
		refuses(t, name, err, nil)
		for _, word := range append(c.words, "clusters.ecs-1.services.echo-service: ", "an `egress` for every other port that it calls", "whose groups admit sg-0a, sg-0b", "the group in the output clientSecurityGroupIds.local") {
			if all := strings.Join(warnings, "\n"); !strings.Contains(all, word) {
				t.Errorf("%s: nobody says %q: %s", name, word, all)
			}
		}
	}
}
