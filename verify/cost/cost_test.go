package cost

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ambient-ecs/tests/pages"
	"ambient-ecs/verify/preview"
)

// today is a day on which EKS supports Kubernetes 1.35 and no longer 1.33.
var today = time.Date(2026, time.November, 29, 0, 0, 0, 0, time.UTC)

// The files in testdata are previews of Pulumi.dev.yaml in the sandbox: unchanged.json of the stack as it lives, first.json of
// the stack before it is made. Resources that tell nothing about cost are left out, and the summary counts those that are in the file.
func printed(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func estimate(t *testing.T, data []byte) *Estimate {
	t.Helper()
	s, err := preview.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	prices, err := Listed()
	if err != nil {
		t.Fatal(err)
	}
	return Add(s, prices, today)
}

// The page shows what the command prints of accounts, up to what depends on use.
func TestThePageShowsTheTable(t *testing.T) {
	var printedTable bytes.Buffer
	if err := estimate(t, printed(t, "unchanged.json")).Table(&printedTable); err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(printedTable.String(), "Not in the sum")
	for _, b := range pages.Blocks(t, filepath.Join("..", "..", "docs", "cost.md")) {
		if b.Text == table {
			return
		}
	}
	t.Errorf("docs/cost.md does not show\n%s", table)
}

func TestAStackCostsTheSameBeforeItIsMadeAndAfter(t *testing.T) {
	home, external := Account{"111122223333", "eu-central-1"}, Account{"444455556666", "eu-central-1"}
	want := []Line{
		{Account: home, Item: "node t3.large", Count: 2, Hourly: 0.192, Unverified: true},
		{Account: home, Item: "EKS control plane, Kubernetes 1.35, standard support until 2027-03-27", Count: 1, Hourly: 0.1},
		{Account: home, Item: "Fargate task, 0.25 vCPU, 0.5 GB, X86_64", Count: 4, Hourly: 4 * (0.25*0.04656 + 0.5*0.00511), Unverified: true},
		{Account: home, Item: "NAT gateway", Count: 1, Hourly: 0.052, Unverified: true},
		{Account: home, Item: "load balancer, internal", Count: 1, Hourly: 0.027, Unverified: true},
		{Account: home, Item: "EBS volume gp3, 30 GB", Count: 2, Hourly: 2 * 30 * 0.0952 / 730, Unverified: true},
		{Account: home, Item: "public IPv4 address", Count: 1, Hourly: 0.005},
		{Account: home, Item: "KMS key", Count: 1, Hourly: 1.0 / 730},
		{Account: external, Item: "NAT gateway", Count: 1, Hourly: 0.052, Unverified: true},
		{Account: external, Item: "Fargate task, 0.25 vCPU, 0.5 GB, X86_64", Count: 2, Hourly: 2 * (0.25*0.04656 + 0.5*0.00511), Unverified: true},
		{Account: external, Item: "public IPv4 address", Count: 1, Hourly: 0.005},
	}
	for _, name := range []string{"unchanged.json", "first.json"} {
		e := estimate(t, printed(t, name))
		if len(e.Lines) != len(want) {
			t.Fatalf("%s: %d lines, want %d: %+v", name, len(e.Lines), len(want), e.Lines)
		}
		for i, line := range e.Lines {
			if math.Abs(line.Hourly-want[i].Hourly) > 1e-9 {
				t.Errorf("%s: %s costs %v an hour, want %v", name, line.Item, line.Hourly, want[i].Hourly)
			}
			line.Hourly = want[i].Hourly
			if line != want[i] {
				t.Errorf("%s: %+v, want %+v", name, line, want[i])
			}
		}
		if monthly := e.Hourly() * Hours; math.Abs(monthly-384.98) > 0.005 {
			t.Errorf("%s: %v a month", name, monthly)
		}
		for _, use := range []string{"CloudTrail and GuardDuty events of istiod's discovery: at most 10.5 million", "NAT gateways, by GB", "CloudWatch Logs", "LCU"} {
			if !strings.Contains(strings.Join(e.NotInSum, "\n"), use) {
				t.Errorf("%s: nothing is said about %s: %q", name, use, e.NotInSum)
			}
		}
	}
}

func TestEveryRegionHasEveryPriceAndEverySourceIsUsed(t *testing.T) {
	prices, err := Listed()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	check := func(all map[string]Price) {
		for _, price := range all {
			used[price.Source] = true
		}
	}
	check(prices.Everywhere)
	for region, all := range prices.Regions {
		check(all)
		for _, other := range prices.Regions {
			for name := range other {
				if _, has := all[name]; !has && !strings.HasPrefix(name, "ec2.") {
					t.Errorf("%s has no price %s, and another region has one", region, name)
				}
			}
		}
	}
	for name := range prices.Sources {
		if !used[name] {
			t.Errorf("no price refers to the source %s", name)
		}
	}
}

func TestAListOfPricesIsReadOrRefusedWithEveryProblem(t *testing.T) {
	prices, err := ReadPrices([]byte(`{"date": "2026-12-24", "sources": {"contract": {"address": "https://example.com", "read": "2026-12-24"}},
		"everywhere": {"ipv4": {"hourly": 0.004, "source": "contract"}}, "regions": {"eu-central-1": {"nat": {"hourly": 0.04}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := preview.Read(printed(t, "unchanged.json"))
	if err != nil {
		t.Fatal(err)
	}
	e := Add(s, prices, today)
	for _, line := range e.Lines {
		if line.Item == "NAT gateway" && math.Abs(line.Hourly-0.04) > 1e-9 || line.Item == "public IPv4 address" && (math.Abs(line.Hourly-0.004) > 1e-9 || line.Unverified) || line.Item == "KMS key" && line.Unknown == "" {
			t.Errorf("%+v", line)
		}
	}
	if e.Date != "2026-12-24" {
		t.Errorf("the list is of %s", e.Date)
	}
	_, err = ReadPrices([]byte(`{"date": "today", "sources": {"a": {"address": "AWS", "read": ""}}, "everywhere": {"x": {"hourly": 1, "monthly": 1}, "y": {"each": -1, "source": "b"}}, "regions": {"r": {"z": {}}}}`))
	for _, words := range []string{`date "today"`, `sources.a.read ""`, `sources.a.address "AWS"`, "everywhere.x: want one of", "everywhere.y: -1 is less", `everywhere.y: there is no source "b"`, "regions.r.z: want one of"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("the refusal does not say %q: %v", words, err)
		}
	}
	if _, err := ReadPrices([]byte(`{"date": "2026-12-24", "prices": {}}`)); err == nil || !strings.Contains(err.Error(), "prices") {
		t.Errorf("an unknown field: %v", err)
	}
}

// The limit of requests to ECS bounds the events that istiod's discovery makes. Where the limit is not known, no amount is said.
func TestDiscoveryIsSaidWithItsAmount(t *testing.T) {
	stack := func(region string, values map[string]any) *Estimate {
		prices, err := Listed()
		if err != nil {
			t.Fatal(err)
		}
		return Add(preview.Of(
			&resource{URN: "urn::aws", Type: "pulumi:providers:aws", Inputs: map[string]any{"region": region}},
			&resource{URN: "urn::ecs", Type: "aws:ecs/cluster:Cluster", Provider: "urn::aws"},
			&resource{URN: "urn::logs", Type: "aws:cloudwatch/logGroup:LogGroup", Provider: "urn::aws"},
			&resource{URN: "urn::cni", Type: "kubernetes:helm.sh/v3:Release", Inputs: map[string]any{"values": map[string]any{"replicaCount": 9.0}}},
			&resource{URN: "urn::istiod", Type: "kubernetes:helm.sh/v3:Release", Inputs: map[string]any{"values": values}},
		), prices, today)
	}
	limited := map[string]any{"replicaCount": 2.0, "env": map[string]any{discoveryRate: "2"}}
	for _, c := range []struct {
		region string
		values map[string]any
		want   []string
	}{
		{"us-east-1", limited, []string{"at most 10.5 million a month in each account that it reads in us-east-1", "a further one costs $210.2 at most, GuardDuty $42.05", "$0.5 for each GB written, $0.03 a month for each GB kept, and"}},
		{"eu-central-1", limited, []string{"GuardDuty $48.36 (price unverified)", "$0.63 (price unverified) for each GB written"}},
		{"af-south-1", limited, []string{"at most 10.5 million a month in each account that it reads in af-south-1", "a further one costs $210.2 at most, GuardDuty an unknown amount", "CloudWatch Logs in af-south-1: an unknown amount for each GB written"}},
		{"us-east-1", map[string]any{"replicaCount": 2.0}, []string{"discovery: docs/discovery.md has the numbers"}},
	} {
		said := strings.Join(stack(c.region, c.values).NotInSum, "\n")
		for _, words := range c.want {
			if !strings.Contains(said, words) {
				t.Errorf("%s: nothing says %q:\n%s", c.region, words, said)
			}
		}
		if strings.Contains(said, "$0 ") || strings.HasSuffix(said, "$0") {
			t.Errorf("%s: what has no price costs nothing: %s", c.region, said)
		}
	}
}

// A new type of the program must be priced, named as what depends on use, or known to be free.
func TestEveryTypeOfTheProgramIsKnown(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "tests", "testdata", "urns.*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no lists of resources: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			for word := range strings.FieldsSeq(line) {
				if kind := word[strings.LastIndex(word, "$")+1:]; strings.HasPrefix(kind, "aws:") && rules[kind] == nil && uses[kind] == "" && !free[kind] {
					t.Errorf("%s: %s is not known", filepath.Base(file), kind)
				}
			}
		}
	}
}

func TestWhatIsPrinted(t *testing.T) {
	e := estimate(t, printed(t, "unchanged.json"))
	e.Lines = append(e.Lines, Line{Account: Account{"444455556666", "eu-central-1"}, Item: "node x1.large", Count: 1, Unknown: "no such price"})
	var table, printed bytes.Buffer
	if err := e.Table(&table); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"Account 111122223333, eu-central-1", "0.4420     322.64  together", "Account 444455556666, eu-central-1", "37.96  NAT gateway (price unverified)",
		"unknown    unknown  node x1.large: no such price", "62.33  together, incomplete (lines without a price: 1)", "322.64  together\n",
		"$0.5274 an hour, $384.98 a month of 730 hours, incomplete (lines without a price: 1). List prices of 2026-11-30", "--prices FILE", "depends on use:\n- CloudTrail",
	} {
		if !strings.Contains(table.String(), words) {
			t.Errorf("the table does not say %q:\n%s", words, &table)
		}
	}
	if err := e.JSON(&printed); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(table.String(), "\n"); !strings.HasPrefix(first, "Prices are unverified in eu-central-1 (lines: 7): no source was found.") {
		t.Errorf("the first line is %q", first)
	}
	var read struct {
		Monthly           float64
		Incomplete        bool
		UnverifiedRegions []string
		Lines             []struct {
			Item, Unknown string
			Hourly        *float64
			Unverified    bool
		}
	}
	if err := json.Unmarshal(printed.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if last := read.Lines[len(read.Lines)-1]; last.Unknown != "no such price" || last.Hourly != nil || math.Abs(read.Monthly-384.98) > 0.005 || !read.Incomplete || len(read.UnverifiedRegions) != 1 || !read.Lines[0].Unverified || *read.Lines[0].Hourly != 0.192 {
		t.Errorf("the JSON says something else:\n%s", &printed)
	}
}

// What is read, deleted or replaced is no further resource of the stack after the update.
func TestOnlyResourcesAfterTheUpdateCount(t *testing.T) {
	step := func(op, name, state string) map[string]any {
		return map[string]any{"op": op, "urn": "urn::" + name, state: map[string]any{"type": "aws:ec2/natGateway:NatGateway", "provider": "urn::aws::id"}}
	}
	data, err := json.Marshal(map[string]any{
		"steps": []any{
			map[string]any{"op": "same", "urn": "urn::aws", "newState": map[string]any{"type": "pulumi:providers:aws", "inputs": map[string]any{"region": "us-east-1", "allowedAccountIds": []any{"111122223333"}}}},
			step("same", "stays", "newState"), step("update", "changes", "newState"), step("create", "comes", "newState"), step("import", "joins", "newState"),
			step("create-replacement", "new", "newState"), step("replace", "new", "newState"), step("delete-replaced", "new", "oldState"),
			step("delete", "goes", "oldState"), step("read", "foreign", "newState"),
		},
		"changeSummary": map[string]int{"same": 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	if e := estimate(t, data); len(e.Lines) != 1 || e.Lines[0].Count != 5 || e.Lines[0].Account.ID != "111122223333" {
		t.Errorf("%+v, want five NAT gateways", e.Lines)
	}
}
