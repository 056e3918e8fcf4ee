package main

import (
	"context"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"ambient-ecs/controls"
)

func TestThePackHasAPolicyForEachControlThatOneResourceDecides(t *testing.T) {
	p, err := pack(nil)
	if err != nil {
		t.Fatal(err)
	}
	levels := map[string]policyx.EnforcementLevel{}
	for _, policy := range p.Policies() {
		levels[policy.Name()] = policy.EnforcementLevel()
	}
	for _, c := range controls.Decided() {
		level, has := levels[c.Name]
		if has != (c.Each != nil) || has && (level == policyx.EnforcementLevelMandatory) != c.Mandatory {
			t.Errorf("%s: in the pack %v, level %v", c.Name, has, level)
		}
	}
	text, err := os.ReadFile("PulumiPolicy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: " + p.Name() + "\n", "version: " + p.Version().String() + "\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("PulumiPolicy.yaml does not say %q", want)
		}
	}
}

type violations []string

func (v *violations) ReportViolation(message, urn string) { *v = append(*v, urn+": "+message) }

func TestAPolicyNamesTheResourceAndTheFixAndPassesWhatItCannotDecide(t *testing.T) {
	p, err := pack(nil)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(p.Policies(), func(p policyx.Policy) bool { return p.Name() == "logs-a-year" })
	year := p.Policies()[at].(policyx.ResourceValidationPolicy)
	for name, c := range map[string]struct {
		days property.Value
		want []string
	}{
		"too short":        {property.New(30.0), []string{"urn::web: web breaks it. To keep it, set retentionInDays to 365 at least (here: logRetentionDays)."}},
		"long enough":      {property.New(400.0), nil},
		"a secret":         {property.New(30.0).WithSecret(true), []string{"urn::web: web breaks it. To keep it, set retentionInDays to 365 at least (here: logRetentionDays)."}},
		"not known so far": {property.New(property.Computed), nil},
	} {
		var found violations
		resource := policyx.AnalyzerResource{
			Type: "aws:cloudwatch/logGroup:LogGroup", Name: "web", URN: "urn::web", Properties: property.NewMap(map[string]property.Value{"retentionInDays": c.days}),
		}
		if err := year.Validate(context.Background(), policyx.ResourceValidationArgs{Manager: &found, Resource: resource}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(found, c.want) {
			t.Errorf("%s: %q, want %q", name, found, c.want)
		}
	}
}

func TestPropertiesArePlainValues(t *testing.T) {
	got := fields(property.NewMap(map[string]property.Value{
		"text": property.New("a"), "number": property.New(2.0), "flag": property.New(true), "nothing": {},
		"list": property.New([]property.Value{property.New("a"), property.New(property.Computed)}),
		"map":  property.New(map[string]property.Value{"a": property.New("b")}),
	}))
	want := map[string]any{
		"text": "a", "number": 2.0, "flag": true, "nothing": nil, "list": []any{"a", controls.Unknown{}}, "map": map[string]any{"a": "b"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
