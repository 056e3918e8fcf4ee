package kubernetes

import (
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// send applies an object as a client does: the validating webhooks see it before it is kept.
func (s *session) send(c *api.Cluster, o api.Object, opt api.Options) (api.Object, error) {
	opt.Webhooks = mesh.Admit
	return c.Apply(o, opt)
}
