//go:build engine

package lifecycle

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// previewer is a role that may do in Kubernetes what docs/ci.md says that a preview needs, and no more.
const previewer = "arn:aws:iam::" + home + ":role/ci/previewer"

// listed are the first columns of the tables below a heading of a page, and the verbs that the text below them names.
func listed(t *testing.T, page, heading string) (rows []string, beyond []string) {
	t.Helper()
	_, section, found := strings.Cut(string(read(t, filepath.Join(root, page))), "\n### "+heading+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n#")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, row[1])
	}
	_, text, _ := strings.Cut(section, "administrator's policy also has ")
	text, _, _ = strings.Cut(text, ", which")
	for _, verb := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(text, -1) {
		beyond = append(beyond, verb[1])
	}
	return rows, beyond
}

// The list of what a preview may do in Kubernetes is that of the role: administrator is CI's, on a stack that lives and lists it in clusterAdmins.
func (s *stack) previewsWithTheRightsOfThePage(t *testing.T, administrator string) {
	t.Helper()
	var verbs, asked []string
	rows, beyond := listed(t, "docs/ci.md", "What a preview may do in Kubernetes")
	for _, row := range rows {
		if strings.Contains(row, " ") {
			asked = append(asked, row)
		} else {
			verbs = append(verbs, row)
		}
	}
	if len(verbs) == 0 || len(asked) == 0 || len(beyond) == 0 {
		t.Fatalf("the page lists the verbs %q, the questions %q and beyond them %q", verbs, asked, beyond)
	}
	// The previewer's rights are a list of verbs.
	const token = "rbac.authorization.k8s.io/v1:"
	allow := func(verbs []string, change bool) {
		role := object(token+"ClusterRole", "/previewer", nil)
		var may []any
		for _, verb := range verbs {
			may = append(may, verb)
		}
		role.Inputs["rules"] = []any{map[string]any{"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": may}}
		binding := object(token+"ClusterRoleBinding", "/previewer", nil)
		binding.Inputs["roleRef"] = map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "previewer"}
		binding.Inputs["subjects"] = []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "previewers"}}
		s.asRole(administrator, func(session provider.Session) {
			for _, r := range []provider.Resource{role, binding} {
				if err := applied(session, r, change); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	allow(verbs, false)
	s.look(func(tx *world.Tx) {
		cluster := tx.Find(home, kubernetes.ClusterResource, nil)[0]
		tx.Put(&world.Resource{Account: home, Region: cluster.Region, Kind: "aws:eks/accessEntry:AccessEntry", ID: cluster.String("name") + ":" + previewer, Props: map[string]any{
			"clusterName": cluster.String("name"), "principalArn": previewer, "type": "STANDARD", "kubernetesGroups": []any{"previewers"},
		}})
		can := func(principal, verb, resource, namespace string) bool {
			return kubernetes.Can(tx, cluster, principal, verb, resource, namespace)
		}
		for _, row := range asked {
			question, namespace, _ := strings.Cut(row, " -n ")
			verb, resource, _ := strings.Cut(question, " ")
			for _, principal := range []string{administrator, previewer} {
				if !can(principal, verb, resource, namespace) {
					t.Errorf("%s may not %s", principal, row)
				}
			}
		}
		for _, verb := range beyond {
			if !can(administrator, verb, "secrets", "istio-system") || can(previewer, verb, "secrets", "istio-system") {
				t.Errorf("%s is not what only the administrator's policy has", verb)
			}
		}
	})

	// Policies are new, everything else is there.
	account := s.onlyAccount()
	before := read(t, filepath.Join(s.project, s.file()))
	s.configure("accounts."+account+".roleArn", previewer)
	s.configure("policyStage", "l4")
	plays := func() string {
		for _, command := range [][]string{{"preview"}, {"refresh", "--preview-only", "--run-program", withPreview}} {
			if _, all, err := s.try(command...); err != nil {
				return all
			}
		}
		return ""
	}
	if said := plays(); said != "" {
		t.Errorf("the verbs %q are not enough:\n%s", verbs, said)
	}
	for i, verb := range verbs {
		allow(append(append([]string{}, verbs[:i]...), verbs[i+1:]...), true)
		if said := plays(); !strings.Contains(said, "cannot "+verb+" resource") {
			t.Errorf("a preview does not need %s:\n%s", verb, said)
		}
	}
	allow(verbs, true)
	write(t, filepath.Join(s.project, s.file()), before)
	s.look(func(tx *world.Tx) {
		tx.Drop(tx.Find(home, "aws:eks/accessEntry:AccessEntry", func(r *world.Resource) bool { return r.String("principalArn") == previewer })[0])
	})
	s.asRole(administrator, func(session provider.Session) {
		for _, kind := range []string{"ClusterRoleBinding", "ClusterRole"} {
			if err := session.Delete(t.Context(), object(token+kind, "/previewer", nil)); err != nil {
				t.Error(err)
			}
		}
	})
}
