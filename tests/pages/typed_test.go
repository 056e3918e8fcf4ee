package pages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// typed are the blocks of commands that a test types word for word, by page and by the heading above them. No heading: all of the page. In the
// sandbox the test answers for aws and kubectl.
var typed = []struct{ page, heading, test string }{
	{"README.md", "See it work", ".ci/run, and TestTheExamplesOfTheDevStackWorkAndLeaveNothing from make verify on"},
	{"README.md", "On real AWS", "TestTheExampleForProductionComesUpAsItIsAndLeavesNothing"},
	{"docs/ci.md", "Set it up", "TestThePageOfCIMakesTheRolesOfTheWorkflows"},
	{"docs/consuming.md", "In the sandbox, from an empty folder", "TestATeamGetsFromAnEmptyFolderToServicesOfItsOwn"},
	{"docs/consuming.md", "The contract as a stack", "TestATeamsStackLivesInThePlatformsMesh"},
	{"docs/cost.md", "", "TestTheExampleForProductionComesUpAsItIsAndLeavesNothing"},
	{"docs/deployer-policy.md", "", "TestTheDeployersPoliciesAreWrittenAsThePageSays"},
	{"docs/policy-pack.md", "", "TestTheExampleForProductionComesUpAsItIsAndLeavesNothing"},
	{"docs/root-ca.md", "Make an authority", "TestThePageOfTheRootMakesCertificates"},
	{"docs/root-ca.md", "Use it, from the first `up` on", "TestAStandaloneTaskJoinsTheMeshAndEnds"},
	{"docs/root-ca.md", "Rotate the root", "TestTheRootIsRotatedInThreeStepsAndEveryWorkloadAcceptsEveryOther"},
	{"docs/root-ca.md", "From istiod's own root", "TestTheRootIsRotatedInThreeStepsAndEveryWorkloadAcceptsEveryOther"},
	{"docs/start/sandbox.md", "", "TestTheFirstStepsWorkWordForWord"},
	{"docs/start/one-account.md", "", "TestTheFirstStepsWorkWordForWord"},
	{"docs/start/two-accounts.md", "", "TestTheFirstStepsWorkWordForWord"},
	{"docs/traffic.md", "", "TestTheExamplesOfTheDevStackWorkAndLeaveNothing"},
	{"docs/upgrade.md", "Istio", "TestIstioIsUpgradedInPlaceWithIstiodFirst, TestIstioIsUpgradedByRevisionAndTheTasksFollowInWaves"},
	{"docs/upgrade.md", "Kubernetes", "TestKubernetesAddOnsAndNodesAreUpgraded, to the version after the stack's"},
	{"docs/upgrade.md", "Add-ons", "TestKubernetesAddOnsAndNodesAreUpgraded. TestTheNetworkPluginMovesToARoleOfItsOwnAndBack looks at the pods itself"},
	{"docs/upgrade.md", "Nodes", "TestKubernetesAddOnsAndNodesAreUpgraded"},
	{"docs/upgrade.md", "When the program itself changes", "TestALivingStackLosesNothing"},
	{"docs/verify.md", "Before a change", "TestOneClusterMovesStageByStage. TestTheFirstStepsWorkWordForWord has make plan, which does the same"},
	{"docs/verify.md", "In the sandbox", "TestDiscoveryFindsEveryServiceAndIsNotDisturbedByOthers"},
	{"docs/verify.md", "On AWS", "TestTheCommandsOfTheVerifiersPageWorkWordForWord"},
	{"examples/team-go/README.md", "", "TestTheCommandsOfTheTeamsPagesWorkWordForWord"},
	{"examples/team-yaml/README.md", "", "TestTheCommandsOfTheTeamsPagesWorkWordForWord"},
}

// Why no test types a block.
const (
	asks   = "it asks AWS, Kubernetes or GitHub themselves, and the sandbox has no such API: "
	played = "the same steps are played with a stack of the test's own, by "
)

// untyped are the other blocks, by page and the words that they begin with.
var untyped = []struct{ page, begins, because string }{
	{"CONTRIBUTING.md", "go test -run '^$' -fuzz", "it runs for as long as a person likes; make test runs its seeds"},
	{"docs/adoption.md", "bin/ambient --stack prod adopt", played + "TestTheGuidesDemoIsTakenOver"},
	{"docs/ci.md", "gh api", asks + "GitHub's settings of a repository"},
	{"docs/ci.md", "gh pr checkout", asks + "a pull request"},
	{"docs/consuming.md", "aws eks update-kubeconfig", asks + "the AWS CLI writes a file"},
	{"docs/consuming.md", "pulumi package add", "it needs Pulumi's official language hosts. TestATeamsStackLivesInThePlatformsMesh adds the built plugin"},
	{"docs/consuming.md", "read() {", played + "TestAContractIsEnoughToEnrol"},
	{"docs/controls.md", "for image in", asks + "a registry"},
	{"docs/existing-eks.md", "bin/ambient --stack prod adopt", played + "TestWhatLivesInTheirEKSClusterIsToldBeforeTheFirstUp"},
	{"docs/existing-eks.md", "kubectl config view", played + "TestAKubeconfigLeadsIntoACluster"},
	{"docs/living-stack.md", "aws logs create-export-task", asks + "CloudWatch Logs and a bucket"},
	{"docs/living-stack.md", "aws kms cancel-key-deletion", asks + "KMS"},
	{"docs/observability.md", "kubectl -n observability", asks + "pods and their ports"},
	{"docs/observability.md", "aws logs describe", asks + "CloudWatch Logs"},
	{"docs/repair.md", "pulumi cancel", played + "TestAStackThatIsKilledAtEveryTypeIsRepaired"},
	{"docs/repair.md", "bin/ambient --stack prod repair --from", played + "TestARepairGoesOnFromTheStateOfBefore"},
	{"docs/task-definitions.md", "ambient enrol", "it registers with AWS; enrolment is played by TestAPipelineKeepsItsRevisionAndHoldsUpARotation, and its flags are checked by TestSentencesScriptsAndWorkflowsNameCommandsThatExist"},
	{"docs/tasks.md", "pulumi stack output", played + "TestAStandaloneTaskJoinsTheMeshAndEnds, with the command for the sandbox"},
	{"docs/tasks.md", "bin/sandbox stack output", played + "TestAStandaloneTaskJoinsTheMeshAndEnds"},
	{"docs/teams.md", "aws eks update-kubeconfig", asks + "the AWS CLI writes a file"},
	{"examples/from-guide/README.md", "bin/sandbox exist", played + "TestTheGuidesDemoIsTakenOver"},
	{"examples/from-guide/README.md", "sed -f", "no test lets go of the demo; TestTheGuidesDemoIsTakenOver plays what comes before"},
	{"examples/overlapping-networks/README.md", "bin/sandbox up", played + "TestAnAccountWhoseNetworkOverlapsOthersCallsTheMesh"},
	{"examples/their-networks/README.md", "bin/sandbox exist", played + "TestAMeshInTheNetworksOfOthersTouchesNothingOfTheirs"},
	{"examples/their-service/README.md", "bin/sandbox exist", played + "TestAnOwnersServiceJoinsTheMeshAndStaysItsOwners"},
}

// headed are the blocks of commands of a page, with the last heading of the second level above each.
func headed(t *testing.T, page string) (all []struct{ heading, text string }) {
	t.Helper()
	heading := ""
	for i, part := range strings.Split(content(t, filepath.Join(root, page)), "```") {
		language, text, _ := strings.Cut(part, "\n")
		if i%2 == 0 {
			if at := strings.LastIndex("\n"+part, "\n## "); at >= 0 {
				heading, _, _ = strings.Cut(part[at+len("## "):], "\n")
			}
		} else if language == "sh" {
			all = append(all, struct{ heading, text string }{heading, text})
		}
	}
	return all
}

// Every block of commands is typed by a test, or stands in the list with the reason why not.
func TestEveryCommandOfThePagesIsTypedOrHasItsReason(t *testing.T) {
	usedTyped, usedUntyped := map[int]bool{}, map[int]bool{}
	for _, page := range files(t, root) {
		for _, block := range headed(t, page) {
			found := 0
			for i, u := range untyped {
				if u.page == page && strings.HasPrefix(strings.TrimLeft(block.text, " "), u.begins) {
					usedUntyped[i] = true
					found++
				}
			}
			for i, c := range typed {
				if found == 0 && c.page == page && (c.heading == "" || c.heading == block.heading) {
					usedTyped[i] = true
					found++
				}
			}
			if found != 1 {
				t.Errorf("%s, below %q, stands %d times in the lists:\n%s", page, block.heading, found, block.text)
			}
		}
	}
	for i, c := range typed {
		if !usedTyped[i] {
			t.Errorf("%s has no commands below %q", c.page, c.heading)
		}
	}
	for i, u := range untyped {
		if !usedUntyped[i] {
			t.Errorf("%s has no commands that begin with %q", u.page, u.begins)
		}
	}
}

// The tests that the lists name exist.
func TestTheTestsOfTheListsExist(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"tests/pages/*_test.go", "sandbox/lifecycle/*_test.go", "verify/cmd/ambient/*_test.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source.WriteString(content(t, file))
		}
	}
	named := func(text string) {
		for _, name := range regexp.MustCompile(`Test\w+`).FindAllString(text, -1) {
			if !strings.Contains(source.String(), "func "+name+"(") {
				t.Errorf("there is no test %s", name)
			}
		}
	}
	for _, c := range typed {
		named(c.test)
	}
	for _, u := range untyped {
		named(u.because)
	}
}

// types runs the blocks of a page in an empty folder, after a prelude.
func types(t *testing.T, prelude string, blocks ...string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	cmd := exec.Command("bash", "-c", "set -euo pipefail\n"+prelude+"\n"+strings.Join(blocks, "\n"))
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the commands of the page: %v\n%s", err, out)
	}
	return folder
}

func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("there is no %s", program)
	}
}

func TestThePageOfTheRootMakesCertificates(t *testing.T) {
	needs(t, "openssl")
	folder := types(t, "", Section(t, filepath.Join(root, "docs", "root-ca.md"), "Make an authority")[0].Text)
	for _, name := range []string{"root-a.pem", "root-a.key", "mesh-a.pem", "mesh-a.key"} {
		if text, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !strings.Contains(string(text), "-----BEGIN ") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// The page writes into /tmp, as people do. Here that is a folder of the test.
func TestTheDeployersPoliciesAreWrittenAsThePageSays(t *testing.T) {
	needs(t, "jq")
	policies, err := filepath.Abs(filepath.Join(root, "docs", "deployer-policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	script := Blocks(t, filepath.Join(root, "docs", "deployer-policy.md"))[0].Text
	script = strings.NewReplacer("docs/deployer-policy.json", policies, "file:///tmp/", "", "/tmp/", "./").Replace(script)
	folder := types(t, `aws() { jq -e '.Statement | length > 0' "${@: -1}" > /dev/null; ! grep -E 'ACCOUNT_ID|REGION|INSTALL' "${@: -1}"; }`, script)
	written, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(written) < 9 {
		t.Errorf("%d policies are written: %v", len(written), err)
	}
}
