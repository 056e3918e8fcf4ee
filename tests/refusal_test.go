package tests

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// The tests of config list the refusals themselves. Here the compiled program shows that a refusal comes before the
// first registration, and that one message holds all problems.
func TestARefusedConfigurationRegistersNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		edit  map[string]string
		words []string
	}{
		{"a missing licence", map[string]string{"license": ""}, []string{"license"}},
		{"a typo in a key", map[string]string{"licence": "x"}, []string{"licence"}},
		{"a typo deep inside", map[string]string{"accounts": `{"local":{"id":"111122223333","domian":"ecs.local","vpcCidr":"10.0.0.0/16"}}`}, []string{"domian"}},
		{"an unknown home", map[string]string{"home": "nowhere"}, []string{"home", "nowhere"}},
		{"an open API endpoint", map[string]string{"apiAccessCidrs": `["0.0.0.0/0"]`}, []string{"apiAccessCidrs", "0.0.0.0/0"}},
		{"an impossible stage", map[string]string{"policyStage": "strict"}, []string{"policyStage", "strict"}},
		{"several problems at once", map[string]string{"region": "moon-1", "meshNetwork": "", "home": "nowhere", "oops": "1"},
			[]string{"moon-1", "meshNetwork", "nowhere", "oops"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Record(t, "dev", func(o *recorder.Options) {
				for key, value := range c.edit {
					o.Config[config.Project+":"+key] = value
				}
			})
			if r.Err == nil {
				t.Fatal("accepted")
			}
			for _, res := range r.Resources {
				if res.Type != "pulumi:pulumi:Stack" {
					t.Errorf("%s %s was registered", res.Type, res.Name)
				}
			}
			message := strings.Join(r.Errors, "\n")
			for _, word := range c.words {
				if !strings.Contains(message, word) {
					t.Errorf("the message does not say %q:\n%s", word, message)
				}
			}
			if strings.Contains(message, Licence) {
				t.Error("the message shows the licence")
			}
		})
	}
}

// A first preview knows no id, no address and no certificate, and still has to show every resource.
func TestAFirstPreviewShowsTheWholeStack(t *testing.T) {
	for _, stack := range Stacks {
		preview := succeed(t, Record(t, stack, func(o *recorder.Options) { o.Preview = true }))
		up := succeed(t, Record(t, stack, nil))
		registered := func(r *recorder.Recording) map[string]bool {
			urns := map[string]bool{}
			for _, res := range r.Resources {
				if !res.Read {
					urns[res.URN] = true
				}
			}
			return urns
		}
		if a, b := registered(preview), registered(up); !maps.Equal(a, b) {
			t.Errorf("%s: preview shows %d resources, up makes %d", stack, len(a), len(b))
		}
		for _, res := range preview.Resources {
			if res.Read {
				t.Errorf("%s: the preview reads %s %s, which cannot exist yet", stack, res.Type, res.Name)
			}
		}
	}
}

// The number of accounts and clusters is data: four accounts are joined by six peerings, and every
// account finds every other in its rules.
func TestFourAccountsNeedNoNewCode(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		accounts := map[string]any{}
		clusters := map[string]any{}
		for i, key := range []string{"local", "beta", "gamma", "delta"} {
			accounts[key] = map[string]any{"id": strings.Repeat(string(rune('1'+i)), 12), "profile": key,
				"domain": "ecs." + key, "vpcCidr": []string{"10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"}[i]}
			clusters["ecs-"+key] = map[string]any{"account": key,
				"services": map[string]any{"echo": map[string]any{"image": "example.com/echo:1", "port": 8080}}}
		}
		o.Config[config.Project+":accounts"] = text(t, accounts)
		o.Config[config.Project+":clusters"] = text(t, clusters)
		delete(o.Config, config.Project+":sharedServices")
	}))
	for typ, want := range map[string]int{
		vpc: 4, peering: 6, accepter: 6, ecsCluster: 4, ecsService: 4, "pulumi:providers:aws": 4,
	} {
		if got := len(r.OfType(typ)); got != want {
			t.Errorf("%d of %s, want %d", got, typ, want)
		}
	}
	if got, want := len(r.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")), 16; got != want {
		t.Errorf("%d ingress rules, want each of four accounts to admit each of four networks", got)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
