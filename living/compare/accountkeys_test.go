package compare_test

import (
	"testing"

	"ambient-ecs/living/compare"
)

func TestALivingAccountKeepsItsKey(t *testing.T) {
	cfg := dev(t, nil)
	w := lives(cfg)
	says(t, cfg, w, nil, nil)
	account := w.Accounts["external"]
	account.OtherKey = "partner"
	w.Accounts["external"] = account
	says(t, cfg, w, []string{`accounts.external.id = "444455556666": the account lives in this install as accounts.partner`, "Name the account partner again", "docs/living-stack.md"}, nil)
}

func TestTheGroupsOfAnAccountTellItsKey(t *testing.T) {
	cfg := dev(t, nil)
	for name, c := range map[string]struct {
		groups []string
		want   string
	}{
		"none":                {},
		"its own":             {groups: []string{"ambient-external-client", "ambient-external-server"}},
		"another key":         {groups: []string{"ambient-partner-server", "ambient-partner-client", "ambient-partner-endpoints"}, want: "partner"},
		"a service's":         {groups: []string{"ambient-ecs-3-mail-client"}},
		"of another install":  {groups: []string{"other-partner-client", "other-partner-server"}},
		"a key with a hyphen": {groups: []string{"ambient-our-partner-client", "ambient-our-partner-server"}, want: "our-partner"},
	} {
		if got := compare.OtherKey(cfg, "external", c.groups); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
