package loadbalancer

import "testing"

// Only the AWS Load Balancer Controller has pods for targets, and waits for their health.
func TestANamespaceAsksForReadinessGatesOfTheAWSController(t *testing.T) {
	for controller, want := range map[Controller]string{AWS: "enabled", Legacy: "", "": ""} {
		labels := controller.Label(map[string]string{"kept": "yes"})
		if labels[labelReadiness] != want || labels["kept"] != "yes" {
			t.Errorf("%q: %v", controller, labels)
		}
	}
}
