package doctor

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// bootstrap is the token that a task's ztunnel starts from.
type bootstrap struct {
	URL            string `json:"url"`
	CACert         string `json:"caCert"`
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
	Platform       string `json:"platform"`
	Network        string `json:"network"`
	Remote         bool   `json:"remote"`
}

// decode reads JSON that is base64 encoded twice.
func decode(text string) (bootstrap, error) {
	var b bootstrap
	if text == "" {
		return b, fmt.Errorf("it is not set")
	}
	data := []byte(text)
	for range 2 {
		decoded, err := base64.StdEncoding.DecodeString(string(data))
		if err != nil {
			return b, err
		}
		data = decoded
	}
	return b, json.Unmarshal(data, &b)
}

// token compares a service's bootstrap token with its tags and with the mesh.
func (w *walk) token(d deployed, text string) *Finding {
	subject := last(d.definition.ARN)
	const fix = "run `pulumi up`: the token is made of the stack's values"
	b, err := decode(text)
	if err != nil {
		return missing("token", subject, fix, "%s of %s cannot be read: %v", tokenVariable, subject, err)
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
	if strings.TrimSpace(b.CACert) != strings.TrimSpace(w.kubernetes.Root) {
		return missing("token-ca", subject, fix, "caCert in the token of %s is not the root certificate of the mesh: ztunnel does not trust istiod", subject)
	}
	return nil
}
