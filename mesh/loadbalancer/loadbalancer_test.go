package loadbalancer

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

func TestAnnotations(t *testing.T) {
	networks := []string{"10.0.0.0/16", "10.1.0.0/16"}
	legacy := map[string]string{
		Prefix + "type": "nlb", Prefix + "internal": "true", Prefix + "cross-zone-load-balancing-enabled": "true", SourceRanges: "10.0.0.0/16,10.1.0.0/16",
	}
	own := map[string]string{
		Prefix + "type": "external", Prefix + "nlb-target-type": "ip", Prefix + "scheme": "internal", Prefix + "security-groups": "demo-gateway",
		Prefix + "attributes": "access_logs.s3.enabled=false,deletion_protection.enabled=false,load_balancing.cross_zone.enabled=true",
	}
	with := func(base map[string]string, more ...string) map[string]string {
		all := maps.Clone(base)
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	for name, c := range map[string]struct {
		settings Settings
		want     map[string]string
	}{
		"legacy":                  {Settings{Controller: Legacy, Sources: networks}, legacy},
		"legacy, given sources":   {Settings{Controller: Legacy, Sources: networks, Extra: map[string]string{SourceRanges: "0.0.0.0/0"}}, legacy},
		"legacy, extra":           {Settings{Controller: Legacy, Sources: networks, Extra: map[string]string{"a": "b"}}, with(legacy, "a", "b")},
		"controller":              {Settings{Controller: AWS, SecurityGroup: "demo-gateway"}, own},
		"controller, sources":     {Settings{Controller: AWS, SecurityGroup: "demo-gateway", Sources: networks, Extra: map[string]string{SourceRanges: "0.0.0.0/0"}}, own},
		"controller, public":      {Settings{Controller: AWS, SecurityGroup: "demo-gateway", Public: true}, with(own, Prefix+"scheme", "internet-facing")},
		"controller, logs, guard": {Settings{Controller: AWS, SecurityGroup: "demo-gateway", DeletionProtection: true, AccessLogs: &AccessLogs{Bucket: "b", Prefix: "p"}}, with(own, Prefix+"attributes", "access_logs.s3.bucket=b,access_logs.s3.enabled=true,access_logs.s3.prefix=p,deletion_protection.enabled=true,load_balancing.cross_zone.enabled=true")},
		"controller, TLS":         {Settings{Controller: AWS, SecurityGroup: "demo-gateway", TLS: &TLS{CertificateARNs: []string{"x", "y"}, Ports: []int{443, 8443}}}, with(own, Prefix+"ssl-cert", "x,y", Prefix+"ssl-ports", "443,8443")},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.settings.Validate(); err != nil {
				t.Fatal(err)
			}
			if got := c.settings.Annotations(); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	all := Settings{AccessLogs: &AccessLogs{}, DeletionProtection: true, TLS: &TLS{}, Sources: []string{"10.0.0.1/8"}}
	for controller, words := range map[Controller][]string{
		"":     {"Controller", "Sources[0]"},
		AWS:    {"SecurityGroup", "AccessLogs.Bucket", "TLS", "Sources[0]"},
		Legacy: {"AccessLogs", "DeletionProtection", "TLS", "Sources[0]"},
	} {
		all.Controller = controller
		err := all.Validate()
		if err == nil {
			t.Fatalf("%q: accepted", controller)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q: %q is not in: %v", controller, word, err)
			}
		}
	}
	if err := (Settings{Controller: Legacy}).Validate(); err == nil || !strings.Contains(err.Error(), "every address") {
		t.Errorf("a legacy load balancer for everybody: %v", err)
	}
}

// The sandbox renders its outline of the chart with these values.
func TestTheChartIsPinned(t *testing.T) {
	pinned := map[string]any{"aws-load-balancer-controller": map[string]any{
		"Source": map[string]string{"Repository": Repository, "Chart": Chart, "Version": Version},
		"Values": ChartValues{Cluster: "mesh", Region: "eu-central-1", Tags: map[string]string{"owner": "mesh"}}.Values(),
	}}
	data, err := json.MarshalIndent(pinned, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/chart.json", string(data)+"\n", "These are the values of the AWS Load Balancer Controller's chart.")
}

func TestTheNameOfALoadBalancerSaysWhoMadeIt(t *testing.T) {
	for host, want := range map[string]Controller{
		"k8s-istioeas-eastwest-0123456789-0123456789abcdef.elb.eu-central-1.amazonaws.com":    AWS,
		"a0123456789abcdef0123456789abcde-0123456789abcdef.elb.eu-central-1.amazonaws.com":    Legacy,
		"internal-a0123456789abcdef0123456789abcde-1234567890.eu-central-1.elb.amazonaws.com": Legacy,
		"gateway.example": "", "10.0.0.1": "", "": "", "a-own-name-0123456789abcdef.elb.eu-central-1.amazonaws.com": "",
	} {
		if got := MakerOf(host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}
