package check

import (
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/controls"
	"ambient-ecs/verify/preview"
)

func stack() *preview.Stack {
	const definition = "aws:ecs/taskDefinition:TaskDefinition"
	return preview.Of(
		&preview.Resource{URN: "a", Type: "aws:ecs/service:Service", Name: "web", Inputs: map[string]any{
			"networkConfiguration": map[string]any{"assignPublicIp": true}, "availabilityZoneRebalancing": "ENABLED", "deploymentCircuitBreaker": map[string]any{"enable": true, "rollback": true},
		}},
		&preview.Resource{URN: "b", Type: definition, Name: "web", Inputs: map[string]any{"containerDefinitions": preview.Secret, "networkMode": "awsvpc", "memory": "512"}},
		&preview.Resource{URN: "c", Type: "aws:cloudwatch/logGroup:LogGroup", Name: "web", Inputs: map[string]any{"kmsKeyId": preview.Unknown, "retentionInDays": 30.0}},
	)
}

func TestAStackIsJudgedByWhatItsPreviewPrints(t *testing.T) {
	want := map[string]controls.Verdict{
		"tasks-no-public-address": controls.Broken, "services-rebalance": controls.Kept, "tasks-awsvpc": controls.Kept,
		"tasks-no-credentials": controls.Undecided, "logs-own-key": controls.Undecided, "logs-a-year": controls.Broken,
	}
	findings := Stack(stack())
	if len(findings) != len(controls.Decided()) {
		t.Errorf("%d findings", len(findings))
	}
	for _, f := range findings {
		if verdict, given := want[f.Control.Name]; given && (f.Verdict != verdict || f.Judged != 1) {
			t.Errorf("%s: %+v", f.Control.Name, f)
		}
	}
}

func TestOnlyAMandatoryControlFailsACheckThatIsNotStrict(t *testing.T) {
	mandatory := controls.Finding{Control: controls.Control{Mandatory: true}, Verdict: controls.Broken}
	for name, c := range map[string]struct {
		finding       controls.Finding
		plain, strict bool
	}{
		"mandatory":           {mandatory, true, true},
		"advisory":            {controls.Finding{Verdict: controls.Broken}, false, true},
		"mandatory undecided": {controls.Finding{Control: controls.Control{Mandatory: true}, Verdict: controls.Undecided}, false, false},
		"kept":                {controls.Finding{}, false, false},
	} {
		if all := []controls.Finding{c.finding}; Breaks(all, false) != c.plain || Breaks(all, true) != c.strict {
			t.Errorf("%s: %v, strict %v", name, Breaks(all, false), Breaks(all, true))
		}
	}
}

func TestTheTableNamesResourceAndFixAndTheJSONHoldsTheSame(t *testing.T) {
	var table, printed strings.Builder
	if err := Table(&table, Stack(stack())); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"tasks-no-public-address is broken by web.", "To keep it, leave networkConfiguration.assignPublicIp off.", "logs-own-key is undecided for web", " without a resource to judge.",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, &table)
		}
	}
	if strings.Contains(table.String(), "eks-logs") || strings.Contains(table.String(), "services-rebalance") {
		t.Errorf("the table has a line for what is kept, or for a cluster that is not there:\n%s", &table)
	}
	if err := JSON(&printed, Stack(stack())); err != nil {
		t.Fatal(err)
	}
	var read []finding
	if err := json.Unmarshal([]byte(printed.String()), &read); err != nil || len(read) != len(controls.Decided()) {
		t.Fatalf("%d findings (%v)", len(read), err)
	}
	for _, f := range read {
		if (f.Verdict == "broken") != (f.Fix != "") || (f.Verdict == "broken") != (len(f.Broken) > 0) {
			t.Errorf("%+v", f)
		}
	}
}
