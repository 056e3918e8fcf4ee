package loadbalancer

import "regexp"

// The legacy controller names a load balancer after the uid of its Service: "a" and 31 hex digits, to which AWS adds a hyphen
// and its own id. (cloud-provider, DefaultLoadBalancerName.) The AWS Load Balancer Controller begins the name with
// "k8s-". (pkg/service/model_build_load_balancer.go.) 2026-11-29.
var names = map[Controller]*regexp.Regexp{
	AWS:    regexp.MustCompile(`^k8s-[a-z0-9-]+\.elb\.`),
	Legacy: regexp.MustCompile(`^(internal-)?a[0-9a-f]{31}-[a-z0-9.-]+`),
}

// MakerOf returns who made the load balancer with a DNS name, or "" if the name does not say.
func MakerOf(host string) Controller {
	for _, maker := range Controllers() {
		if names[maker].MatchString(host) {
			return maker
		}
	}
	return ""
}
