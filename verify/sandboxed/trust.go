package sandboxed

import (
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// trustOfTask is what the ztunnel of a task shows and believes, nil if it has nothing yet.
func trustOfTask(t task) *mesh.Authority {
	if a, ok := mesh.CredentialsOfTask(t.Resource); ok {
		return &a
	}
	return nil
}

// trustOfPod is what a gateway, a waypoint or the ztunnel of a pod's node shows for it and believes.
func (m *model) trustOfPod(pod api.Object) *mesh.Authority {
	if a, ok := mesh.CredentialsOfPod(m.cluster, pod); ok {
		return &a
	}
	return nil
}

// strangers says why two proxies do not accept each other's certificate, or "". Of a proxy without one the reason is
// known already.
func (m *model) strangers(client, server *mesh.Authority) string {
	if client == nil || server == nil {
		return ""
	}
	if err := mesh.Handshake(*client, *server, m.Now); err != nil {
		return err.Error()
	}
	return ""
}
