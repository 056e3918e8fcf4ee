package adopt_test

import (
	"strings"
	"testing"

	"ambient-ecs/verify/adopt"
)

// Nothing moves while an import is unchanged, so the first preview asks for no address. What moves later is said.
func TestTasksThatStayNeedNoAddress(t *testing.T) {
	for name, c := range map[string]struct {
		tasks  int
		stack  string
		subnet string
		said   string
	}{
		"tasks in the named subnets":            {12, "", "subnet-0000010b", ""},
		"an owner's tasks in the named subnets": {12, "shop", "subnet-0000010b", ""},
		"few tasks in a public subnet":          {10, "", "subnet-0000000b", ""},
		"many tasks in a public subnet":         {30, "", "subnet-0000000b", "have 10 free addresses, and 30 are needed when the tasks of clusters.pay-prod.services.cards move there"},
		"an owner's in a public subnet":         {30, "shop", "subnet-0000000b", "have 10 free addresses, and 30 are needed when the tasks of clusters.pay-prod.services.cards move there"},
	} {
		w := world()
		w["pay"].Groups = w["apps"].Groups
		w["pay"].Clusters = []adopt.Cluster{cluster("Pay-Prod", service("cards", func(s *adopt.Service) {
			s.Desired, s.Stack, s.Subnets = c.tasks, c.stack, []string{c.subnet}
		}))}
		for id, subnet := range w["pay"].Networks[0].Subnets {
			subnet.Free = map[string]int{"subnet-0000010b": 4, "subnet-0000020b": 3, "subnet-0000030b": 3}[id]
			w["pay"].Networks[0].Subnets[id] = subnet
		}
		_, report := judged(t, options(), w)
		_, todo, _ := strings.Cut(report, "To do in the accounts")
		todo, _, _ = strings.Cut(todo, "\n\n")
		_, notes, _ := strings.Cut(report, "Good to know")
		if strings.Contains(todo, "free addresses") || strings.Contains(notes, "free addresses") != (c.said != "") || !strings.Contains(notes, c.said) {
			t.Errorf("%s: the report is\n%s", name, report)
		}
	}
}
