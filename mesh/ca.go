package mesh

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh/values"
	"ambient-ecs/problem"
)

// CASecret is the Secret from which istiod reads a certificate authority that it did not make itself.
const CASecret = "cacerts"

// CA is a certificate authority for the mesh, as PEM text. All four are required.
type CA struct {
	// Certificate signs, with Key.
	Certificate, Key string
	// Chain is the chain from Certificate, which comes first, to a root.
	Chain string
	// Root is the PEM text of the root certificates that the workloads trust.
	Root string
}

// Digest changes when the authority does. It is made of public text and of a key that cannot be guessed, and is much
// too short to reveal the key.
func (ca *CA) Digest() string {
	sum := sha256.New()
	for _, text := range []string{ca.Certificate, ca.Key, ca.Chain, ca.Root} {
		fmt.Fprintf(sum, "%d:%s", len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

func (ca *CA) validate() error {
	var p problem.List
	if ca == nil {
		return nil
	}
	for _, part := range []struct{ field, text string }{
		{"Certificate", ca.Certificate}, {"Key", ca.Key}, {"Chain", ca.Chain}, {"Root", ca.Root},
	} {
		if part.text == "" {
			p.Missing(part.field, "istiod does not start with a part of an authority")
		}
	}
	return p.Err()
}

// authority registers the Secret. Its keys are the file names that istiod looks for.
func (b *planeBuilder) authority() (err error) {
	ca := b.args.CA
	if ca == nil {
		return nil
	}
	data := pulumi.StringMap{}
	for name, text := range map[string]string{
		"ca-cert.pem": ca.Certificate, "ca-key.pem": ca.Key, "cert-chain.pem": ca.Chain, "root-cert.pem": ca.Root,
	} {
		data[name] = pulumi.String(base64.StdEncoding.EncodeToString([]byte(text)))
	}
	secret, err := corev1.NewSecret(b.ctx, CASecret, &corev1.SecretArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(CASecret), Namespace: pulumi.String(values.Namespace)},
		Data:     pulumi.ToSecret(data).(pulumi.StringMapOutput),
	}, b.child(behind(b.out.Namespace))...)
	if err != nil {
		return fmt.Errorf("register certificate authority: %w", err)
	}
	b.secrets = append(b.secrets, secret)
	return nil
}
