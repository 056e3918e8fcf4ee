package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/controls"
	"ambient-ecs/tests/golden"
	"ambient-ecs/tests/recorder"
)

// production is Pulumi.prod.yaml with an image's digest in place of each placeholder.
func production(o *recorder.Options) {
	key := config.Project + ":clusters"
	for _, digit := range []string{"0", "1"} {
		o.Config[key] = strings.ReplaceAll(o.Config[key], strings.Repeat(digit, 64), strings.Repeat("0123456789abcdef", 4))
	}
}

// cniPart is the add-on vpc-cni inside pulumi-eks's component, which a recording with networkPlugin shows to the program's transforms.
const cniPart = "vpc-cni-of-pulumi-eks"

func networkPlugin(o *recorder.Options) {
	computed := o.Outputs
	o.Outputs = func(typ, name string, inputs map[string]any) map[string]any {
		answer := computed(typ, name, inputs)
		if typ == "eks:index:Cluster" {
			answer["vpcCni"] = recorder.Reference{Type: "aws:eks/addon:Addon", Name: cniPart, State: map[string]any{"addonName": "vpc-cni"}}
		}
		return answer
	}
}

// registered are the resources of a recording as the controls judge them, with the parts that pulumi-eks makes of its component.
func registered(r *recorder.Recording) (all controls.Stack) {
	add := func(kind, name string, inputs map[string]any) {
		all = append(all, controls.Resource{Type: kind, Name: name, Inputs: controls.Of(inputs)})
	}
	for _, res := range slices.Concat(r.Resources, r.Made) {
		switch res.Type {
		case "aws:eks/cluster:Cluster", "aws:eks/addon:Addon":
			if res.Custom && !slices.Contains(r.Made, res) {
				add(res.Type, res.Name, res.Inputs)
			}
			// The recording holds the part without the inputs that pulumi-eks gives it.
		case "eks:index:Cluster":
			in := res.Inputs
			add("aws:eks/cluster:Cluster", res.Name, map[string]any{
				"version": in["version"], "enabledClusterLogTypes": in["enabledClusterLogTypes"],
				"vpcConfig":        map[string]any{"endpointPublicAccess": in["endpointPublicAccess"], "publicAccessCidrs": in["publicAccessCidrs"]},
				"accessConfig":     map[string]any{"authenticationMode": in["authenticationMode"]},
				"encryptionConfig": map[string]any{"provider": map[string]any{"keyArn": in["encryptionConfigKeyArn"]}},
			})
			options, _ := in["vpcCniOptions"].(map[string]any)
			for _, part := range r.Made {
				if part.Name == cniPart {
					add(part.Type, part.Name, map[string]any{"addonName": "vpc-cni", "podIdentityAssociations": part.Inputs["podIdentityAssociations"],
						"configurationValues": fmt.Sprintf(`{"enableNetworkPolicy":"%v"}`, options["enableNetworkPolicy"])})
				}
			}
		default:
			add(res.Type, res.Name, res.Inputs)
		}
	}
	return all
}

func TestProductionKeepsTheControls(t *testing.T) {
	stack := registered(succeed(t, Record(t, "prod", func(o *recorder.Options) { production(o); networkPlugin(o) })))
	for _, c := range controls.Decided() {
		if f := c.Check(stack); f.Verdict != controls.Kept || f.Judged == 0 {
			t.Errorf("%d %s: %s: %v of %d resources: broken by %v", c.Number, c.ID, c.Text, f.Verdict, f.Judged, f.Broken)
		}
	}
}

func TestTheDocumentationListsTheControls(t *testing.T) {
	count := map[string]int{}
	policies := "| policy | level | asked by | to keep it |\n|---|---|---|---|\n"
	page, open := "", "| control | asks for | why it is open |\n|---|---|---|\n"
	for _, c := range controls.Sixty {
		count[c.Outcome()]++
		page += fmt.Sprintf("| %d | %s | %s | %s |\n", c.Number, c.ID, c.Text, outcome(c))
		if c.Name != "" {
			policies += fmt.Sprintf("| `%s` | %s | %s | %s |\n", c.Name, c.Level(), asked(c), c.Fix)
		}
		if c.Open != "" {
			open += "| " + c.ID + " | " + c.Text + " | " + c.Open + " |\n"
		}
	}
	passed := count["checked"] + count["by construction"]
	page = "# Sixty controls\n\nFrom AWS Security Hub, the CIS Amazon EKS Benchmark 1.7, AWS Control Tower and the EKS best practices. [`Pulumi.prod.yaml`](../Pulumi.prod.yaml) passes " +
		fmt.Sprintf("%d, %d are open, and %d do not apply. ", passed, count["open"], count["does not apply"]) +
		"A control that is *checked* is held against the resources of this stack by the test `TestProductionKeepsTheControls`.\n\n" +
		"| | control | asks for | outcome |\n|---|---|---|---|\n" + page
	golden.Check(t, filepath.Join(Root, "docs", "controls-tested.md"), page, "It is what controls says of each control.")

	for name, table := range map[string]string{"safety.md": open, "policy-pack.md": policies} {
		path := filepath.Join(Root, "docs", name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list := regexp.MustCompile(`(?s)(<!-- controls -->\n).*(<!-- end of controls -->)`)
		if !list.Match(text) {
			t.Fatalf("docs/%s has no place for the controls", name)
		}
		want := list.ReplaceAllStringFunc(string(text), func(string) string { return "<!-- controls -->\n" + table + "<!-- end of controls -->" })
		golden.Check(t, path, want, "Its list of controls is what controls says.")
	}
}

// asked names who asks a control that resources decide.
func asked(c controls.Control) string {
	if c.Each != nil {
		return "pack, `check`"
	}
	return "`check`"
}

func outcome(c controls.Control) string {
	switch c.Outcome() {
	case "by construction":
		return "by construction: `" + c.Test + "`"
	case "open":
		return "**open**: " + c.Open
	case "does not apply":
		return "does not apply: " + c.None
	}
	return c.Outcome()
}

// Every control has one outcome, and a test that holds one exists.
func TestEveryControlHasOneOutcome(t *testing.T) {
	if len(controls.Sixty) != 60 {
		t.Errorf("there are %d controls", len(controls.Sixty))
	}
	tests := sources(t)
	for i, c := range controls.Sixty {
		outcomes := 0
		for _, set := range []bool{c.Each != nil, c.All != nil, c.Test != "", c.Open != "", c.None != ""} {
			if set {
				outcomes++
			}
		}
		if c.Number != i+1 || outcomes != 1 || c.ID == "" || c.Text == "" || (c.Each != nil) != (c.Kind != "") {
			t.Errorf("control %d is %+v", i+1, c)
		}
		if c.Test != "" && !strings.Contains(tests, "func "+c.Test+"(") {
			t.Errorf("control %d: there is no test %s", c.Number, c.Test)
		}
	}
}

// sources are the tests of the program in one text.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"../iam/*/*_test.go", "../living/*/*_test.go", "components/*_test.go", "*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

// The open demo breaks what the example for production is for, and nothing else.
func TestTheOpenDemoBreaksTheControlsOfProduction(t *testing.T) {
	stack := registered(succeed(t, Record(t, "dev", networkPlugin)))
	var broken []int
	for _, c := range controls.Decided() {
		if f := c.Check(stack); f.Verdict == controls.Broken || f.Judged == 0 {
			broken = append(broken, c.Number)
		}
	}
	if want := []int{9, 12, 13, 14, 15, 36, 40, 43, 44, 46, 51, 52, 56, 57, 59, 60}; !slices.Equal(broken, want) {
		t.Errorf("the open demo breaks %v, want %v", broken, want)
	}
}
