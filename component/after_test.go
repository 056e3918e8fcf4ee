package component

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/problem"
)

type (
	road  struct{}
	house struct{}
)

type arguments struct {
	Road   After[road]
	Own    struct{ Road After[road] }
	Houses []struct{ House After[house] }
	ByName map[string]After[house]
	Else   Dependency
	Text   pulumi.StringInput
}

func TestWhatIsMissingIsNamedWhereverItIs(t *testing.T) {
	there, home := Made[road](&pulumi.ResourceState{}), Made[house](&pulumi.ResourceState{})
	valid := func() *arguments {
		a := &arguments{Road: there, ByName: map[string]After[house]{"x": home}, Text: pulumi.String("")}
		a.Own.Road = there
		a.Houses = append(a.Houses, struct{ House After[house] }{home})
		return a
	}
	for want, forget := range map[string]func(*arguments){
		"":                func(*arguments) {},
		"Road":            func(a *arguments) { a.Road = After[road]{} },
		"Own.Road":        func(a *arguments) { a.Own.Road = Made[road]() },
		"Houses[0].House": func(a *arguments) { a.Houses[0].House = After[house]{} },
		"ByName[x]":       func(a *arguments) { a.ByName["x"] = After[house]{} },
		"Else":            func(a *arguments) { a.Else = After[house]{} },
	} {
		args := valid()
		forget(args)
		var p problem.List
		Forgotten(&p, args)
		if want == "" && len(p) != 0 || want != "" && (len(p) != 1 || p[0].Field != want) {
			t.Errorf("%q is forgotten, and the problems are %v", want, p)
		}
	}
}

func TestWhatIsElsewhereIsNotMissingAndNothingWaitsForIt(t *testing.T) {
	var p problem.List
	Forgotten(&p, &arguments{Road: Elsewhere[road](), Own: struct{ Road After[road] }{Elsewhere[road]()}, Text: pulumi.String("")})
	if len(p) > 0 {
		t.Errorf("the problems are %v", p)
	}
	home := Made[house](&pulumi.ResourceState{})
	if whole := All[house](home, Elsewhere[road]()); len(whole.waits()) != 1 || !whole.given() {
		t.Errorf("a whole with a part elsewhere waits for %d resources, want those of the other part", len(whole.waits()))
	}
}

func TestAWholeMissesItsParts(t *testing.T) {
	there, home := Made[road](&pulumi.ResourceState{}), Made[house](&pulumi.ResourceState{}, &pulumi.ResourceState{})
	if got := len(All[house](there, home).waits()); got != 3 {
		t.Errorf("the whole waits for %d resources, want those of both parts", got)
	}
	for _, parts := range [][]Dependency{{}, {there, After[house]{}}} {
		if got := All[house](parts...).waits(); got != nil {
			t.Errorf("a whole of %v waits for %v", parts, got)
		}
	}
}
