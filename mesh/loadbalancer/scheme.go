package loadbalancer

import "fmt"

// SchemeChange says what becomes of the load balancer of a Service that lives with these annotations, when the settings give the Service others:
// AWS changes no load balancer's scheme. Empty: the scheme stays.
//
// The AWS Load Balancer Controller deletes the load balancer and makes one with another name (isSDKLoadBalancerRequiresReplacement of
// https://github.com/kubernetes-sigs/aws-load-balancer-controller, 2026-11-30). EKS's controller leaves it as it is (ensureLoadBalancerv2 of
// https://github.com/kubernetes/cloud-provider-aws, 2026-11-30).
func (s Settings) SchemeChange(service string, annotations map[string]string) string {
	was := s.public(annotations)
	if was == s.Public {
		return ""
	}
	if s.Controller == Legacy {
		return fmt.Sprintf("EKS's controller changes no load balancer's scheme: that of Service %s stays %s. Only an ingress that is off for one update comes back as the other.", service, scheme(was))
	}
	protected := ""
	if s.DeletionProtection {
		protected = " Its deletion protection has to be off before, or AWS refuses."
	}
	return fmt.Sprintf("the AWS Load Balancer Controller deletes the load balancer of Service %s, which is %s, and makes another with another address. "+
		"Nobody gets an answer from the deletion on until their records lead to the new one.%s", service, scheme(was), protected)
}

// public reports whether annotations ask the settings' controller for public addresses.
func (s Settings) public(annotations map[string]string) bool {
	if s.Controller == Legacy {
		return annotations[Prefix+"internal"] != "true"
	}
	return annotations[Prefix+"scheme"] == "internet-facing"
}

func scheme(public bool) string {
	if public {
		return "public"
	}
	return "internal"
}
