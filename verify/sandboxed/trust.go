package sandboxed

import (
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// trustOfTask is the authority of a task's ztunnel and the roots that it trusts, nil if it has no certificate
// yet.
func trustOfTask(t task) *mesh.Authority {
	if a, ok := mesh.CredentialsOfTask(t.Resource); ok {
		return &a
	}
	return nil
}

// trustOfPod is the authority and the roots of a pod's proxy: a gateway, a waypoint, or the ztunnel of the pod's
// node.
func (m *model) trustOfPod(pod api.Object) *mesh.Authority {
	if a, ok := mesh.CredentialsOfPod(m.cluster, pod); ok {
		return &a
	}
	return nil
}

// strangers says why two proxies do not accept each other's certificate, or "". A proxy without a certificate is
// reported elsewhere.
func (m *model) strangers(client, server *mesh.Authority) string {
	if client == nil || server == nil {
		return ""
	}
	if err := mesh.Handshake(*client, *server, m.Now); err != nil {
		return err.Error()
	}
	return ""
}
