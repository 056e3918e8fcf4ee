// Package kubeconfig writes the kubeconfig of the EKS cluster.
//
// It holds no credential. A user of it gets a short-lived token from `aws eks get-token`, with the same profile and
// the same role as the AWS provider of the home account. The principal that made the cluster is its administrator.
// EKS refuses a principal without an access entry.
package kubeconfig

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// Credentials are how the AWS CLI finds its credentials. Both empty: its own search (environment, SSO,
// instance profile).
type Credentials struct {
	// Profile is a profile of the AWS shared configuration.
	Profile string
	// RoleARN is a role to assume, with the credentials of Profile if that is set. The AWS CLI can pass neither an
	// external id nor a session name here.
	RoleARN string
}

// Cluster is the API server to talk to.
type Cluster struct {
	// Name and Region identify the EKS cluster.
	Name, Region string
	// Endpoint is the URL of the API server.
	Endpoint string
	// CertificateAuthority is the API server's root certificate, PEM in base64 as EKS returns it.
	CertificateAuthority string
}

// Validate returns every problem of the cluster.
func (c Cluster) Validate() error {
	var problems []error
	if c.Name == "" {
		problems = append(problems, errors.New("Name is empty"))
	}
	if c.Region == "" {
		problems = append(problems, errors.New("Region is empty"))
	}
	if u, err := url.Parse(c.Endpoint); err != nil || u.Scheme != "https" || u.Host == "" {
		problems = append(problems, fmt.Errorf("Endpoint %q is not an https URL", c.Endpoint))
	}
	if _, err := base64.StdEncoding.DecodeString(c.CertificateAuthority); err != nil || c.CertificateAuthority == "" {
		problems = append(problems, errors.New("CertificateAuthority is not base64: without it the API server could be anyone"))
	}
	return errors.Join(problems...)
}

// New returns the kubeconfig as JSON, which kubectl reads as well as YAML. The same arguments give the same
// text.
func New(c Cluster, credentials Credentials) (string, error) {
	if err := c.Validate(); err != nil {
		return "", fmt.Errorf("kubeconfig: %w", err)
	}
	text, err := json.Marshal(config{
		APIVersion: "v1", Kind: "Config", CurrentContext: c.Name,
		Clusters: []namedCluster{{Name: c.Name, Cluster: cluster{Server: c.Endpoint, CertificateAuthorityData: c.CertificateAuthority}}},
		Contexts: []namedContext{{Name: c.Name, Context: context{Cluster: c.Name, User: c.Name}}},
		Users: []namedUser{{Name: c.Name, User: user{Exec: exec{
			APIVersion: "client.authentication.k8s.io/v1beta1", Command: "aws", Args: arguments(c, credentials),
			// Nobody can type an answer while Pulumi runs.
			InteractiveMode: "Never",
		}}}},
	})
	if err != nil {
		return "", fmt.Errorf("kubeconfig: %w", err)
	}
	return string(text), nil
}

// arguments returns the arguments of the AWS CLI. The profile is an option, not the variable AWS_PROFILE. Credentials
// in the environment override the variable, and would be of another account.
func arguments(c Cluster, credentials Credentials) []string {
	args := []string{"eks", "get-token", "--region", c.Region, "--cluster-name", c.Name, "--output", "json"}
	if credentials.Profile != "" {
		args = append(args, "--profile", credentials.Profile)
	}
	if credentials.RoleARN != "" {
		args = append(args, "--role-arn", credentials.RoleARN)
	}
	return args
}

type config struct {
	APIVersion     string         `json:"apiVersion"`
	Kind           string         `json:"kind"`
	CurrentContext string         `json:"current-context"`
	Clusters       []namedCluster `json:"clusters"`
	Contexts       []namedContext `json:"contexts"`
	Users          []namedUser    `json:"users"`
}

type namedCluster struct {
	Name    string  `json:"name"`
	Cluster cluster `json:"cluster"`
}

type cluster struct {
	Server                   string `json:"server"`
	CertificateAuthorityData string `json:"certificate-authority-data"`
}

type namedContext struct {
	Name    string  `json:"name"`
	Context context `json:"context"`
}

type context struct {
	Cluster string `json:"cluster"`
	User    string `json:"user"`
}

type namedUser struct {
	Name string `json:"name"`
	User user   `json:"user"`
}

type user struct {
	Exec exec `json:"exec"`
}

type exec struct {
	APIVersion      string   `json:"apiVersion"`
	Command         string   `json:"command"`
	Args            []string `json:"args"`
	InteractiveMode string   `json:"interactiveMode"`
}
