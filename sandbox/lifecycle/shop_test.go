//go:build engine

package lifecycle

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// newShop is the stack of examples/shop. The teams' secrets exist before their task definitions name them.
func newShop(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "shop")
	s.copyExample(filepath.Join("examples", "shop"))
	s.look(func(tx *world.Tx) {
		for _, name := range []string{"catalog-a1b2c3", "orders-d4e5f6", "mailer-g7h8i9"} {
			aws.AddSecret(tx, "arn:aws:secretsmanager:"+region+":"+home+":secret:shop/"+name)
		}
	})
	return s
}

func TestAShopOfSixServicesComesUpIsEditedAndLeavesOnlyWhatIsTheTeams(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	theirs := s.remains()
	s.up()
	s.nothingToDo()
	s.verified()

	// The night comes.
	task, accounts := s.lives(func(tx *world.Tx) (*world.Resource, error) {
		return aws.Fire(tx, tx.Find(home, aws.ScheduleKind, nil)[0])
	})
	if task.String("stopCode") != "EssentialContainerExited" || !slices.Equal(accounts, []string{"shop-back/settle"}) {
		t.Errorf("the nightly task was known as %v and ended with %s: %s", accounts, task.String("stopCode"), task.String("stoppedReason"))
	}

	definition := filepath.Join(s.project, "examples", "shop", "services", "web.json")
	text, err := os.ReadFile(definition)
	if err != nil {
		t.Fatal(err)
	}
	s.write(definition, strings.Replace(string(text), "web:12.4.0", "web:12.5.0", 1))
	golden(t, filepath.Join("testdata", "shop-web-image.txt"), strings.Join(s.preview(), "\n")+"\n")
	s.up()
	s.unchanged()
	s.verified()

	// The team's pipeline deploys search, and the scaler sets the number of web's tasks. Neither is anything to do.
	_, containers := s.revision("search")
	containers[0]["image"] = strings.Replace(containers[0]["image"].(string), "search:0.8.0", "search:0.9.0", 1)
	deployed := s.deploys("search", containers)
	s.scales("web", 5)
	s.run("refresh")
	s.nothingToDo()
	s.configure("clusters.front.services.catalog.desiredCount", 2)
	s.up()
	if runs, _ := s.revision("search"); runs != deployed {
		t.Errorf("search runs %s, and its pipeline deployed %s", runs, deployed)
	}
	s.wants("web", 5)
	s.verified()

	s.run("destroy")
	// A pipeline's revisions stay registered, as docs/pipelines.md says.
	left := slices.DeleteFunc(s.remains(), func(r string) bool { return strings.Contains(r, ":task-definition/shop-front-search:") })
	if !slices.Equal(left, theirs) {
		t.Errorf("before the stack there was\n%s\nand now there is\n%s", strings.Join(theirs, "\n"), strings.Join(left, "\n"))
	}
}
