package bootstrap

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
)

// PlatformECS is the platform of tasks that authenticate by their ECS task role.
const PlatformECS = "ecs"

// Port is the port on which the gateway passes istiod's discovery and certificate services.
const Port = 15012

// Token is what ztunnel reads from BOOTSTRAP_TOKEN. Empty fields are left out.
type Token struct {
	// URL is where istiod answers; see URL.
	URL string `json:"url,omitempty"`
	// CACert is the PEM certificate that signed istiod's own.
	CACert string `json:"caCert,omitempty"`
	// Namespace and ServiceAccount are the identity that the task asks for.
	Namespace      string `json:"namespace,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// Platform says how the task authenticates: PlatformECS.
	Platform string `json:"platform,omitempty"`
	// Credential is a Kubernetes token. Platforms with credentials of their own leave it empty.
	Credential string `json:"token,omitempty"`
	// Network is the mesh network of the control plane (topology.istio.io/network).
	Network string `json:"network,omitempty"`
	// Remote means that the task is outside Network and reaches its workloads through the gateway.
	Remote bool `json:"remote,omitempty"`
}

// URL is the address of istiod behind a gateway.
func URL(host string) string {
	return "https://" + net.JoinHostPort(host, strconv.Itoa(Port))
}

// Encode returns the token as ztunnel wants it: JSON, in base64 twice.
func (t Token) Encode() string {
	// A struct of strings and a bool always has a JSON form.
	raw, err := json.Marshal(t)
	if err != nil {
		panic(fmt.Sprintf("bootstrap: encode token: %v", err))
	}
	return encode(encode(string(raw)))
}

// Decode reads what Encode wrote.
func Decode(encoded string) (Token, error) {
	once, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return Token{}, fmt.Errorf("bootstrap token: outer base64: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(string(once))
	if err != nil {
		return Token{}, fmt.Errorf("bootstrap token: inner base64: %w", err)
	}
	var t Token
	if err := json.Unmarshal(raw, &t); err != nil {
		return Token{}, fmt.Errorf("bootstrap token: %w", err)
	}
	return t, nil
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
