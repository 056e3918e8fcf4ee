package kubeconfig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Given is what a kubeconfig says that somebody else wrote.
type Given struct {
	// Server is the URL of the API server, without a slash at its end.
	Server string
	// CertificateAuthority is the API server's root certificate, PEM in base64. Empty: the roots of the machine.
	CertificateAuthority string
	// Proxied says that a proxy leads to the server.
	Proxied bool
	// Credential says that the text holds a token, a password or a key.
	Credential bool
}

// eksHost is the host of the API server of an EKS cluster, for IPv4 and for both protocols.
// https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html, "IPv6 cluster endpoint", 2026-11-30.
var eksHost = regexp.MustCompile(`\.eks\.amazonaws\.com(\.cn)?$|\.eks-cluster\.[a-z0-9-]+\.api\.(aws|amazonwebservices\.com\.cn)$`)

// ForEKS reports whether a URL is that of the API server of an EKS cluster, and not of something in front of it.
func ForEKS(server string) bool {
	u, err := url.Parse(server)
	return err == nil && u.Scheme == "https" && eksHost.MatchString(strings.ToLower(u.Hostname()))
}

// given is a kubeconfig as far as it is judged.
type given struct {
	CurrentContext string `yaml:"current-context"`
	Clusters       []struct {
		Name    string
		Cluster givenCluster
	}
	Contexts []struct {
		Name    string
		Context struct{ Cluster, User string }
	}
	Users []struct {
		Name string
		User givenUser
	}
}

type givenCluster struct {
	Server   string
	File     string `yaml:"certificate-authority"`
	Data     string `yaml:"certificate-authority-data"`
	Insecure bool   `yaml:"insecure-skip-tls-verify"`
	Proxy    string `yaml:"proxy-url"`
}

type givenUser struct {
	Token, Username, Password string
	TokenFile                 string `yaml:"tokenFile"`
	CertificateFile           string `yaml:"client-certificate"`
	Certificate               string `yaml:"client-certificate-data"`
	KeyFile                   string `yaml:"client-key"`
	Key                       string `yaml:"client-key-data"`
	Exec                      *givenExec
	AuthProvider              *struct{} `yaml:"auth-provider"`
}

type givenExec struct {
	APIVersion      string `yaml:"apiVersion"`
	Command         string
	InteractiveMode string `yaml:"interactiveMode"`
}

// flat is the command that writes a kubeconfig of one context, with the contents of the files that it names.
const flat = "kubectl config view --raw --minify --flatten writes one that does not"

// Read reads a kubeconfig that somebody else wrote. The error joins everything that is wrong with it, and shows nothing of what could
// be secret.
func Read(text string) (Given, error) {
	var file given
	// The error of the parser quotes the text.
	if yaml.Unmarshal([]byte(text), &file) != nil {
		return Given{}, errors.New("it is no kubeconfig: it cannot be read as YAML or JSON")
	}
	if len(file.Contexts) != 1 || len(file.Clusters) != 1 || len(file.Users) != 1 {
		return Given{}, fmt.Errorf("it has %d contexts, %d clusters and %d users. It must have one of each, so that the stack keeps no credential that it does not use: %s",
			len(file.Contexts), len(file.Clusters), len(file.Users), flat)
	}
	var problems []error
	problem := func(text string, args ...any) { problems = append(problems, fmt.Errorf(text, args...)) }
	context, cluster, user := file.Contexts[0], file.Clusters[0], file.Users[0]
	if file.CurrentContext != context.Name || context.Context.Cluster != cluster.Name || context.Context.User != user.Name {
		problem("its current-context, its context, its cluster and its user do not name each other")
	}
	read := Given{
		Server: strings.TrimSuffix(cluster.Cluster.Server, "/"), CertificateAuthority: cluster.Cluster.Data, Proxied: cluster.Cluster.Proxy != "",
		Credential: user.User.Token != "" || user.User.Password != "" || user.User.Key != "",
	}
	if u, err := url.Parse(read.Server); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		problem("its server is no https URL")
	}
	if _, err := base64.StdEncoding.DecodeString(read.CertificateAuthority); err != nil {
		problem("its certificate-authority-data is not base64")
	}
	switch {
	case cluster.Cluster.Insecure:
		problem("it has insecure-skip-tls-verify: the API server could be anyone")
	case ForEKS(read.Server) && read.CertificateAuthority == "" && cluster.Cluster.File == "":
		problem("it has no certificate-authority-data, and no root certificate of a machine signs the API server of EKS")
	}
	for key, name := range map[string]string{
		"certificate-authority": cluster.Cluster.File, "client-certificate": user.User.CertificateFile, "client-key": user.User.KeyFile, "tokenFile": user.User.TokenFile,
	} {
		if name != "" {
			problem("its %s names a file, which is on one machine only: %s", key, flat)
		}
	}
	problems = append(problems, user.User.check()...)
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return read, errors.Join(problems...)
}

// check returns what is wrong with a user's credentials.
func (u givenUser) check() (problems []error) {
	problem := func(text string, args ...any) { problems = append(problems, fmt.Errorf(text, args...)) }
	exec := u.Exec
	switch {
	case u.AuthProvider != nil:
		problem("its user has an auth-provider, which Kubernetes clients have not known since 1.26: use an exec plug-in")
	case exec != nil && exec.Command == "":
		problem("its exec plug-in has no command")
	case exec != nil && !filepath.IsAbs(exec.Command) && strings.Contains(exec.Command, "/"):
		problem("its exec plug-in %q is relative to a folder of one machine: name a program that is on PATH wherever Pulumi runs", exec.Command)
	case exec != nil:
	case u.Token == "" && u.TokenFile == "" && u.Password == "" && u.Key == "" && u.KeyFile == "":
		problem("its user has no credential: no token, no client certificate and no exec plug-in")
	}
	if exec != nil && exec.InteractiveMode == "Always" {
		problem("its exec plug-in asks a person (interactiveMode Always), and nobody can type an answer while Pulumi runs")
	}
	if exec != nil && !slices.Contains([]string{"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"}, exec.APIVersion) {
		problem("its exec plug-in speaks %q, and Kubernetes clients know client.authentication.k8s.io/v1 and v1beta1", exec.APIVersion)
	}
	return problems
}
