package kubeconfig

import (
	"strings"
	"testing"
)

// theirs is a kubeconfig of somebody else, with replacements.
func theirs(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod-eu
  cluster:
    server: https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com/
    certificate-authority-data: LS0tLS1CRUdJTi0tLS0t
contexts:
- name: prod
  context: {cluster: prod-eu, user: deployer}
users:
- name: deployer
  user: {token: very-secret}
`)
}

func TestAKubeconfigOfOthersIsRead(t *testing.T) {
	const bastion = "https://bastion.example.com:6443"
	const plugin = "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: tsh, interactiveMode: IfAvailable}}"
	for _, c := range []struct {
		name, text string
		want       Given
	}{
		{"a token", theirs(), Given{Server: home.Endpoint, CertificateAuthority: home.CertificateAuthority, Credential: true}},
		{"a client certificate", theirs("token: very-secret", "client-certificate-data: YQ==, client-key-data: Yg=="), Given{Server: home.Endpoint, CertificateAuthority: home.CertificateAuthority, Credential: true}},
		{"an exec plug-in", theirs("user: {token: very-secret}", plugin), Given{Server: home.Endpoint, CertificateAuthority: home.CertificateAuthority}},
		{"a proxy", theirs("    server:", "    proxy-url: socks5://10.8.0.9:1080\n    server:"), Given{Server: home.Endpoint, CertificateAuthority: home.CertificateAuthority, Proxied: true, Credential: true}},
		{"another address, with a public certificate", theirs(home.Endpoint, bastion, "certificate-authority-data: LS0tLS1CRUdJTi0tLS0t", ""), Given{Server: bastion, Credential: true}},
	} {
		if got, err := Read(c.text); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	// What the program writes itself is JSON.
	text, err := New(home, Credentials{Profile: "local"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(text); err != nil || got.Credential || got.Server != home.Endpoint {
		t.Errorf("our own: %+v, %v", got, err)
	}
}

func TestAKubeconfigThatCannotWorkElsewhereIsRefused(t *testing.T) {
	exec := func(text string) string { return theirs("user: {token: very-secret}", "user: {exec: {"+text+"}}") }
	for name, c := range map[string]struct{ text, words string }{
		"no YAML":                      {"very-secret: [", "it is no kubeconfig"},
		"another shape":                {"clusters: very-secret", "it is no kubeconfig"},
		"nothing":                      {"", "it has 0 contexts, 0 clusters and 0 users"},
		"two users":                    {theirs() + "- name: other\n  user: {token: very-secret}\n", "1 clusters and 2 users"},
		"no current context":           {theirs("current-context: prod", "current-context: other"), "do not name each other"},
		"a user that is not there":     {theirs("user: deployer}", "user: other}"), "do not name each other"},
		"plain HTTP":                   {theirs("https://", "http://"), "no https URL"},
		"a name in the URL":            {theirs("https://", "https://me:very-secret@"), "no https URL"},
		"no base64":                    {theirs("LS0tLS1CRUdJTi0tLS0t", "no-base64"), "not base64"},
		"a server that is not checked": {theirs("certificate-authority-data: LS0tLS1CRUdJTi0tLS0t", "insecure-skip-tls-verify: true"), "could be anyone"},
		"EKS without its certificate":  {theirs("certificate-authority-data: LS0tLS1CRUdJTi0tLS0t", ""), "no certificate-authority-data"},
		"a file of a certificate":      {theirs("certificate-authority-data: LS0tLS1CRUdJTi0tLS0t", "certificate-authority: ca.pem"), "certificate-authority names a file"},
		"files of a client":            {theirs("token: very-secret", "client-certificate: a.pem, client-key: b.pem"), "client-certificate names a file"},
		"a file of a token":            {theirs("token: very-secret", "tokenFile: /run/token"), "tokenFile names a file"},
		"nobody":                       {theirs("token: very-secret", "username: me"), "no credential"},
		"an auth-provider":             {theirs("token: very-secret", "auth-provider: {name: gcp}"), "since 1.26"},
		"a plug-in without a command":  {exec("apiVersion: client.authentication.k8s.io/v1"), "has no command"},
		"a plug-in of a folder":        {exec("apiVersion: client.authentication.k8s.io/v1, command: ./login"), "relative to a folder"},
		"a plug-in that asks":          {exec("apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Always"), "asks a person"},
		"a plug-in of old":             {exec("apiVersion: client.authentication.k8s.io/v1alpha1, command: login"), "v1 and v1beta1"},
	} {
		_, err := Read(c.text)
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%s: the refusal shows a secret: %v", name, err)
		}
	}
}

func TestTheServersOfEKS(t *testing.T) {
	for server, want := range map[string]bool{
		home.Endpoint: true,
		"https://0123456789abcdef.sk1.cn-north-1.eks.amazonaws.com.cn":            true,
		"https://0123456789abcdef.eks-cluster.eu-central-1.api.aws":               true,
		"https://eks.amazonaws.com.example.com":                                   false,
		"https://localhost:6443":                                                  false,
		"http://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com":              false,
		"https://example.com/0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com": false,
	} {
		if ForEKS(server) != want {
			t.Errorf("%s: %v", server, !want)
		}
	}
}
