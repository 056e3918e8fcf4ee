package kubernetes

import "ambient-ecs/sandbox/kubernetes/api"

// send applies an object as a client does: webhooks see it first.
func (s *session) send(c *api.Cluster, o api.Object, opt api.Options) (api.Object, error) {
	return c.Apply(o, opt)
}
