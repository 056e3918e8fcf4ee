package problem_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"ambient-ecs/problem"
)

// licence is a secret.
type licence string

func (licence) String() string { return problem.Hidden }

// colour is a text with a type of its own.
type colour string

func TestAProblemSaysFieldValueAndReason(t *testing.T) {
	joined := errors.Join(errors.New("it is too large"), errors.Join(errors.New("it is not ours"), nil))
	nested := func() error {
		var p problem.List
		p.Missing("Region", "an ARN contains it")
		p.Refuse("Account", "12", "an account id has 12 digits")
		return p.Err()
	}
	for name, c := range map[string]struct {
		record func(*problem.List)
		want   string
	}{
		"nothing wrong": {func(p *problem.List) {
			p.Because("a", 1, nil)
			p.Under("a", nil)
			p.Between("a", 3, 3, 3, "why")
			problem.OneOf(p, "a", colour("red"), "red", "blue")
		}, ""},
		"a number": {func(p *problem.List) {
			p.Refuse("clusters.a.services.b.port", 70000, "a port is at most %d", 65535)
		}, "clusters.a.services.b.port = 70000: a port is at most 65535"},
		"a text":           {func(p *problem.List) { p.Refuse("VpcCIDR", "10.0", "no network") }, `VpcCIDR = "10.0": no network`},
		"a text of a type": {func(p *problem.List) { p.Refuse("a", colour("grey"), "no colour") }, `a = "grey": no colour`},
		"a list":           {func(p *problem.List) { p.Refuse("a", []colour{"x", "y"}, "no") }, `a = ["x", "y"]: no`},
		"an empty list":    {func(p *problem.List) { p.Refuse("a", []string(nil), "no") }, `a = []: no`},
		"a value that says itself how it is shown": {func(p *problem.List) {
			p.Refuse("a", netip.MustParsePrefix("10.0.0.0/16"), "no")
		}, `a = 10.0.0.0/16: no`},
		"a secret":          {func(p *problem.List) { p.Refuse("license", licence("hush"), "no") }, "license = [secret]: no"},
		"secrets in a list": {func(p *problem.List) { p.Refuse("a", []licence{"hush"}, "no") }, "a = [[secret]]: no"},
		"what is missing":   {func(p *problem.List) { p.Missing("home", "name an account") }, "home is not set: name an account"},
		"another state":     {func(p *problem.List) { p.Add("hom", problem.Unknown, "no such %s", "key") }, "hom is unknown: no such key"},
		"the parts of a joined error": {func(p *problem.List) { p.Because("cidr", "10.0.0.0/4", joined) },
			"cidr = \"10.0.0.0/4\": it is too large\ncidr = \"10.0.0.0/4\": it is not ours"},
		"the problems of a nested value": {func(p *problem.List) { p.Under("Place", nested()) },
			"Place.Region is not set: an ARN contains it\nPlace.Account = \"12\": an account id has 12 digits"},
		"the problems of a part that has no name": {func(p *problem.List) { p.Under("", nested()) },
			"Region is not set: an ARN contains it\nAccount = \"12\": an account id has 12 digits"},
		"plain errors of a nested value": {func(p *problem.List) { p.Under("Subnets", joined) }, "Subnets: it is too large\nSubnets: it is not ours"},
		"problems behind a wrapper's words": {func(p *problem.List) { p.Under("Place", fmt.Errorf("EKS: %w", nested())) },
			"Place: EKS: Region is not set: an ARN contains it\nAccount = \"12\": an account id has 12 digits"},
		"a plain error":            {func(p *problem.List) { p.Under("", errors.New("it is too large")) }, "it is too large"},
		"a number below the range": {func(p *problem.List) { p.Between("n", 0, 1, 9, "why") }, "n = 0: must be between 1 and 9: why"},
		"a number above the range": {func(p *problem.List) { p.Between("n", 10, 1, 9, "why") }, "n = 10: must be between 1 and 9: why"},
		"a wrong choice":           {func(p *problem.List) { problem.OneOf(p, "a", colour("bleu"), "red", "blue") }, `a = "bleu": choose one of red, blue (did you mean blue?)`},
		"no choice":                {func(p *problem.List) { problem.OneOf(p, "a", colour(""), "red", "blue") }, "a is not set: choose one of red, blue"},
	} {
		t.Run(name, func(t *testing.T) {
			var p problem.List
			c.record(&p)
			got := ""
			if err := p.Err(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestAnErrorLetsItsProblemsBeFound(t *testing.T) {
	var p problem.List
	p.Missing("home", "name an account")
	var found problem.Problem
	if !errors.As(fmt.Errorf("refused: %w", p.Err()), &found) || found.Field != "home" {
		t.Errorf("found %+v", found)
	}
}

func TestValuesOfEncryptedFieldsAreHidden(t *testing.T) {
	var p problem.List
	p.Refuse("pilotEnv.A", "hush", "no")
	p.Refuse("region", "moon", "no")
	p.Missing("license", "it is needed")
	p.Hide(func(field string) bool { return field != "region" })
	p.Sort()
	const want = "license is not set: it is needed\npilotEnv.A = [secret]: no\nregion = \"moon\": no"
	if got := p.Err().Error(); got != want {
		t.Errorf("says\n%s\nwant\n%s", got, want)
	}
}

func TestAHintIsAtMostTwoLettersAway(t *testing.T) {
	known := []string{"region", "port", "id"}
	for word, want := range map[string]string{
		"regoin": " (did you mean region?)", "Region": " (did you mean region?)", "prot": " (did you mean port?)",
		"reg": "", "xy": "", "": "", "503": "", "6xx": " (did you mean 5xx?)", "l8": " (did you mean l4 or l7?)", "l4": " (did you mean l4?)",
	} {
		if got := problem.DidYouMean(word, append(known, "5xx", "l4", "l7")); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
