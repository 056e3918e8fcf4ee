package doctor

import (
	"fmt"

	"ambient-ecs/mesh/bootstrap"
)

// token compares a service's bootstrap token with its tags and with the mesh.
func (w *walk) token(d deployed, text string) *Finding {
	subject := last(d.definition.ARN)
	const fix = remade + ": the token is made of the stack's values"
	b, err := bootstrap.Decode(text)
	if err != nil {
		return missing("token", subject, fix, "%s of %s %v", bootstrap.Variable, subject, err)
	}
	direct := w.stack.Accounts[d.want.account].Reach == "direct"
	for _, c := range []struct{ ingredient, name, have, want string }{
		{"token-platform", "platform", b.Platform, "ecs"},
		{"token-url", "url", b.URL, fmt.Sprintf("https://%s:%d", w.stack.GatewayAddress, portXDS)},
		{"token-namespace", "namespace", b.Namespace, d.want.namespace},
		{"token-service-account", "serviceAccount", b.ServiceAccount, d.want.serviceAccount},
		{"token-network", "network", b.Network, w.stack.MeshNetwork},
		{"token-remote", "remote", fmt.Sprint(b.Remote), fmt.Sprint(!direct)},
	} {
		if c.have != c.want {
			return missing(c.ingredient, subject, fix, "%s in the token of %s is %q, and should be %q", c.name, subject, c.have, c.want)
		}
	}
	if !sharesRoot(b.CACert, w.kubernetes.Root) {
		return missing("token-ca", subject, fix, "caCert in the token of %s has no root certificate of the mesh: ztunnel does not trust istiod", subject)
	}
	return nil
}
