package waypoint

import (
	"strings"
	"testing"
)

func TestWaypointNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"waypoint": true, "echo-waypoint": true, strings.Repeat("a", 63): true,
		"": false, "none": false, "Echo": false, "1st": false, strings.Repeat("a", 64): false, "a.b": false,
	} {
		if err := Check(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAWaypointTakesTheTrafficOfServicesAndWaitsToBeProgrammed(t *testing.T) {
	labels, annotations := Waypoint{}.Metadata()
	if labels["istio.io/waypoint-for"] != "service" || annotations["pulumi.com/waitFor"] != "condition=Programmed" {
		t.Errorf("labels are %v, annotations %v", labels, annotations)
	}
	listeners := Waypoint{}.Spec()["listeners"].([]any)
	if mesh := listeners[0].(map[string]any); len(listeners) != 1 || mesh["protocol"] != "HBONE" || mesh["port"] != 15008 {
		t.Errorf("listeners are %v", listeners)
	}
}

func TestAnotherIstiodAndARestartAreSaidOnTheGateway(t *testing.T) {
	w := Waypoint{Revision: "1-29", Restart: map[string]string{"a": "b"}}
	if labels, _ := w.Metadata(); labels["istio.io/rev"] != "1-29" {
		t.Errorf("labels are %v", labels)
	}
	infrastructure, _ := w.Spec()["infrastructure"].(map[string]any)
	if restart, _ := infrastructure["annotations"].(map[string]any); restart["a"] != "b" {
		t.Errorf("infrastructure is %v", infrastructure)
	}
	if _, has := (Waypoint{}).Spec()["infrastructure"]; has {
		t.Error("a waypoint with nothing of its own has infrastructure")
	}
}
