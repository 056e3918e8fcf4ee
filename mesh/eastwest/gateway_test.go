package eastwest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"ambient-ecs/mesh/loadbalancer"
)

func gateway() Gateway {
	return Gateway{Network: "eks", Sources: []string{"10.1.0.0/16", "192.168.0.0/16"}}
}

func TestManifest(t *testing.T) {
	labels, annotations := gateway().Metadata()
	got, err := json.MarshalIndent(map[string]any{
		"labels": labels, "annotations": annotations, "spec": gateway().Spec(), "class": ClassSpec(),
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "annotations": {
    "gateway.istio.io/name-override": "eastwest-istio-eastwest",
    "pulumi.com/waitFor": "condition=Programmed"
  },
  "class": {
    "controllerName": "istio.io/eastwest-controller"
  },
  "labels": {
    "istio.io/expose-istiod": "15012",
    "topology.istio.io/network": "eks"
  },
  "spec": {
    "gatewayClassName": "istio-eastwest",
    "infrastructure": {
      "annotations": {
        "service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled": "true",
        "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
        "service.beta.kubernetes.io/load-balancer-source-ranges": "10.1.0.0/16,192.168.0.0/16"
      },
      "labels": {
        "istio.io/expose-istiod": "15012",
        "topology.istio.io/network": "eks"
      }
    },
    "listeners": [
      {
        "name": "cross-network",
        "port": 15008,
        "protocol": "HBONE",
        "tls": {
          "mode": "Passthrough"
        }
      },
      {
        "name": "xds-tls",
        "port": 15012,
        "protocol": "TLS",
        "tls": {
          "mode": "Passthrough"
        }
      }
    ]
  }
}`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
}

func TestUserAnnotationsWinOnGatewayAndService(t *testing.T) {
	g := gateway()
	g.Annotations = map[string]string{
		"service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled": "false",
		"networking.istio.io/service-type":                                               "LoadBalancer",
	}
	_, metadata := g.Metadata()
	for where, annotations := range map[string]map[string]string{"Gateway": metadata, "Service": g.LoadBalancer()} {
		for key, want := range g.Annotations {
			if annotations[key] != want {
				t.Errorf("%s: annotation %s is %q, want %q", where, key, annotations[key], want)
			}
		}
	}
	if len(g.LoadBalancer()) != 5 {
		t.Errorf("got %v", g.LoadBalancer())
	}
}

// The mesh's own networks reach the gateway whatever the annotations say: tasks of other accounts could not start.
func TestSourcesAreTheWholeOfTheSourceRanges(t *testing.T) {
	g := gateway()
	g.Annotations = map[string]string{loadbalancer.SourceRanges: "203.0.113.0/24"}
	g.Sources = append(g.Sources, "203.0.113.0/24")
	_, metadata := g.Metadata()
	for where, annotations := range map[string]map[string]string{"Gateway": metadata, "Service": g.LoadBalancer()} {
		if got := annotations[loadbalancer.SourceRanges]; got != "10.1.0.0/16,192.168.0.0/16,203.0.113.0/24" {
			t.Errorf("%s: the source ranges are %s", where, got)
		}
	}
}

func TestAnnotationsOfTheCallerStayTheCallers(t *testing.T) {
	g := gateway()
	g.Annotations = map[string]string{"example.com/a": "b"}
	before := maps.Clone(g.Annotations)
	g.Metadata()
	g.LoadBalancer()
	if !maps.Equal(before, g.Annotations) {
		t.Errorf("got %v", g.Annotations)
	}
}

func TestRefusals(t *testing.T) {
	set := func(key, value string) func(*Gateway) {
		return func(g *Gateway) { g.Annotations = map[string]string{key: value} }
	}
	for _, c := range []struct {
		name   string
		change func(*Gateway)
		want   string
	}{
		{"no network", func(g *Gateway) { g.Network = "" }, "Network is not set"},
		{"open to all", func(g *Gateway) { g.Sources = nil }, "open to every address"},
		{"no CIDR", func(g *Gateway) { g.Sources = []string{"10.0.0.0"} }, "no CIDR"},
		{"host bits", func(g *Gateway) { g.Sources = []string{"10.0.0.1/16"} }, "no CIDR"},
		{"what to wait for", set("pulumi.com/waitFor", "x"), "needs it itself"},
		{"other name", set("gateway.istio.io/name-override", "x"), "needs it itself"},
		{"malformed key", set("Example.com/a", "x"), "no annotation key"},
		{"long value", set("example.com/a", strings.Repeat("x", 4097)), "longer than 4096"},
		{"too many", func(g *Gateway) {
			g.Annotations = map[string]string{"a": "", "b": "", "c": "", "d": "", "e": ""}
		}, "the Gateway API allows 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := gateway()
			c.change(&g)
			err := g.Validate()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	if err := gateway().Validate(); err != nil {
		t.Error(err)
	}
}
