package values

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"ambient-ecs/mesh/podsecurity"
)

// constraint is what a test reads of a topology spread constraint.
type constraint struct {
	TopologyKey, WhenUnsatisfiable, NodeTaintsPolicy string
	MaxSkew                                          int
	MatchLabelKeys                                   []string
}

func TestGatewaysSurviveTheLossOfANode(t *testing.T) {
	var deployment struct {
		Spec struct {
			Replicas int
			Template struct {
				Spec struct {
					PriorityClassName         string
					TopologySpreadConstraints []constraint
				}
			}
		}
	}
	data := Overlay("istio-waypoint", 2, "")
	if err := json.Unmarshal([]byte(data["deployment"]), &deployment); err != nil {
		t.Fatal(err)
	}
	pods := deployment.Spec.Template.Spec
	if deployment.Spec.Replicas != 2 || pods.PriorityClassName != "system-cluster-critical" {
		t.Errorf("the deployment is %+v", deployment)
	}
	keys := []string{"pod-template-hash", "gateway.networking.k8s.io/gateway-name"}
	if want := []constraint{
		{"topology.kubernetes.io/zone", "ScheduleAnyway", "Honor", 1, keys},
		{"kubernetes.io/hostname", "DoNotSchedule", "Honor", 1, keys},
	}; !reflect.DeepEqual(pods.TopologySpreadConstraints, want) {
		t.Errorf("the pods are spread by %+v", pods.TopologySpreadConstraints)
	}
	if !strings.Contains(data["podDisruptionBudget"], `"minAvailable":1`) {
		t.Errorf("the budget is %s", data["podDisruptionBudget"])
	}
	if budget := Overlay("istio-waypoint", 1, "")["podDisruptionBudget"]; budget != `{"spec":{"maxUnavailable":1}}` {
		t.Errorf("the budget %s of one pod blocks every drain", budget)
	}
}

func TestGatewaysMeetTheStandardOfTheirNamespace(t *testing.T) {
	for level, want := range map[podsecurity.Level]bool{"": false, podsecurity.Baseline: false, podsecurity.Restricted: true} {
		if got := strings.Contains(Overlay("istio-waypoint", 2, level)["deployment"], `"securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}`); got != want {
			t.Errorf("%q: a seccomp profile is %v", level, got)
		}
	}
}

func TestIstiodSurvivesTheLossOfANode(t *testing.T) {
	a := upgrading()
	for _, revision := range a.Istiods() {
		v := a.Istiod(revision)
		if v["replicaCount"] != 2 || v["autoscaleEnabled"] != false {
			t.Errorf("%s has %v pods, autoscaler %v", revision.Name, v["replicaCount"], v["autoscaleEnabled"])
		}
		text, err := json.Marshal(v["topologySpreadConstraints"])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `"istio.io/rev":"`+revision.Name+`"`) || !strings.Contains(string(text), `"DoNotSchedule"`) {
			t.Errorf("%s is spread by %s", revision.Name, text)
		}
	}
	a.Replicas = 1
	if v := a.Istiod(a.Istiods()[0]); v["rollingMaxUnavailable"] != nil {
		t.Errorf("an update of a single istiod may take down %v", v["rollingMaxUnavailable"])
	}
}
