package doctor

import (
	"fmt"

	"ambient-ecs/eks/existing"
	"ambient-ecs/verify/doctor/network"
)

// webhook checks that the control plane of EKS reaches istiod's webhook in the nodes. Kubernetes asks it before it takes an object of Istio.
// Nothing of the mesh fails while it is shut, until somebody changes such an object.
func (w *walk) webhook() *Finding {
	for i := range w.network.Hosts {
		from := &w.network.Hosts[i]
		if !from.ControlPlane {
			continue
		}
		for _, pod := range w.kubernetes.Pods {
			if pod.Namespace != system || pod.Labels["app"] != "istiod" {
				continue
			}
			if o := w.network.Admitted(from, pod.Address, existing.IstiodWebhook); o != nil {
				return w.shut(from, o)
			}
		}
	}
	return nil
}

// shut is the finding about a group of the nodes without the rule.
func (w *walk) shut(from *network.Host, o *network.Obstacle) *Finding {
	source := w.stack.EKSGroup
	if len(from.Groups) > 0 {
		source = from.Groups[0]
	}
	fix := fmt.Sprintf("aws ec2 authorize-security-group-ingress --region %s --group-id %s --protocol tcp --port %d --source-group %s", w.stack.RegionOf(w.stack.HomeAccount), o.Subject, existing.IstiodWebhook, source)
	if w.stack.ExistingEKS != nil {
		fix = "let the owner of " + w.stack.ExistingEKS.Name + " add the rule: " + fix
	}
	return missing("istiod-webhook", o.Subject, fix, "the control plane of EKS cluster %s does not reach istiod's webhook: %s. The next change of an object of Istio would hang, and fail", w.stack.EKSName, o.Sentence)
}
