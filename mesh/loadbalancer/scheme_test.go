package loadbalancer

import (
	"strings"
	"testing"
)

func TestAnotherSchemeOfALivingLoadBalancerIsTold(t *testing.T) {
	legacy, own := Settings{Controller: Legacy, Sources: []string{"10.0.0.0/8"}}, Settings{Controller: AWS, SecurityGroup: "demo"}
	public := func(s Settings) Settings { s.Public = true; return s }
	protected := public(own)
	protected.DeletionProtection = true
	for name, c := range map[string]struct {
		living, wanted Settings
		says           []string
	}{
		"internal stays, legacy":     {legacy, legacy, nil},
		"public stays, legacy":       {public(legacy), public(legacy), nil},
		"internal stays, controller": {own, own, nil},
		"public stays, controller":   {public(own), public(own), nil},
		"to public, legacy":          {legacy, public(legacy), []string{"Service a/b stays internal", "off for one update"}},
		"to internal, legacy":        {public(legacy), legacy, []string{"Service a/b stays public"}},
		"to public, controller":      {own, public(own), []string{"deletes the load balancer of Service a/b, which is internal", "another address"}},
		"to internal, controller":    {public(own), own, []string{"which is public"}},
		"protected":                  {own, protected, []string{"deletion protection has to be off before"}},
	} {
		got := c.wanted.SchemeChange("a/b", c.living.Annotations())
		if (got == "") != (c.says == nil) {
			t.Errorf("%s: %q", name, got)
		}
		for _, words := range c.says {
			if !strings.Contains(got, words) {
				t.Errorf("%s: %q does not say %q", name, got, words)
			}
		}
		if strings.Contains(got, "protection") != (name == "protected") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
