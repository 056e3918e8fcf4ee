package bootstrap

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Variable is the environment variable of ztunnel that holds the token.
const Variable = "BOOTSTRAP_TOKEN"

// PlatformECS is the platform of tasks that authenticate by their ECS task role.
const PlatformECS = "ecs"

// Port is the port on which the gateway forwards to istiod's discovery and certificate services.
const Port = 15012

// Token is what ztunnel reads from Variable. Empty fields are left out.
type Token struct {
	// URL is the address of istiod; see the function URL.
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
	// A struct of strings and a bool can always be encoded as JSON.
	raw, err := json.Marshal(t)
	if err != nil {
		panic(fmt.Sprintf("bootstrap: encode token: %v", err))
	}
	return encode(encode(string(raw)))
}

// Decode reads a token as ztunnel does. An error is the end of a sentence that begins with Variable.
func Decode(encoded string) (Token, error) {
	if encoded == "" {
		return Token{}, errors.New("is not set")
	}
	data := []byte(encoded)
	for _, layer := range []string{"outer", "inner"} {
		decoded, err := base64.StdEncoding.DecodeString(string(data))
		if err != nil {
			return Token{}, fmt.Errorf("cannot be decoded: %s base64: %w", layer, err)
		}
		data = decoded
	}
	var t Token
	if err := json.Unmarshal(data, &t); err != nil {
		return Token{}, fmt.Errorf("cannot be decoded: %w", err)
	}
	return t, nil
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
