package kubernetes

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"k8s.io/client-go/tools/clientcmd"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// ClusterResource is the AWS resource that a kubeconfig points to.
const ClusterResource = "aws:eks/cluster:Cluster"

const accessEntryResource = "aws:eks/accessEntry:AccessEntry"

var errUnknownKubeconfig = errors.New("the kubeconfig is not known yet")

// target is the content of a kubeconfig: the server, its certificate authority, and how to authenticate.
type target struct {
	server    string
	ca        []byte
	namespace string
	login     login
}

// login is an `aws eks get-token` command, or the token of a ServiceAccount.
type login struct {
	command, cluster, region, role, profile string
	token                                   string
}

// parseKubeconfig reads YAML or JSON text, or the structure itself.
func parseKubeconfig(kubeconfig any, current string) (target, error) {
	text, ok := kubeconfig.(string)
	if !ok && kubeconfig != nil {
		data, err := json.Marshal(kubeconfig)
		if err != nil {
			return target{}, fmt.Errorf("failed to parse kubeconfig: %w", err)
		}
		text = string(data)
	}
	if strings.TrimSpace(text) == "" {
		return target{}, errors.New("invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable")
	}
	config, err := clientcmd.Load([]byte(text))
	if err != nil {
		return target{}, fmt.Errorf("failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- this must be a YAML or JSON: %w", err)
	}
	if current == "" {
		current = config.CurrentContext
	}
	kubeContext, ok := config.Contexts[current]
	if !ok {
		return target{}, fmt.Errorf("invalid configuration: context %q does not exist", current)
	}
	cluster, ok := config.Clusters[kubeContext.Cluster]
	if !ok || cluster.Server == "" {
		return target{}, fmt.Errorf("invalid configuration: cluster %q does not exist", kubeContext.Cluster)
	}
	t := target{server: cluster.Server, ca: cluster.CertificateAuthorityData, namespace: kubeContext.Namespace}
	user, ok := config.AuthInfos[kubeContext.AuthInfo]
	if !ok {
		return target{}, fmt.Errorf("invalid configuration: user %q does not exist", kubeContext.AuthInfo)
	}
	t.login.token = user.Token
	if user.Exec != nil && user.Token == "" {
		t.login = parseLogin(user.Exec.Command, user.Exec.Args)
		for _, e := range user.Exec.Env {
			if e.Name == "AWS_PROFILE" && t.login.profile == "" {
				t.login.profile = e.Value
			}
		}
	}
	return t, nil
}

// parseLogin reads the flags of `aws eks get-token` that name the cluster, the region and the role or profile.
func parseLogin(command string, args []string) login {
	l := login{command: command}
	flags := map[string]*string{
		"--cluster-name": &l.cluster, "--region": &l.region, "--profile": &l.profile,
		"--role": &l.role, "--role-arn": &l.role,
	}
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		field, known := flags[name]
		switch {
		case known && inline:
			*field = value
		case known && i+1 < len(args):
			i++
			*field = args[i]
		}
	}
	return l
}

// reach finds the cluster that the kubeconfig points to, and logs in.
func (s *session) reach(tx *world.Tx) (*api.Cluster, error) {
	if s.problem != nil {
		return nil, unreachable(s.problem)
	}
	resource, user, err := s.target.find(tx)
	if err != nil {
		return nil, unreachable(err)
	}
	return api.At(tx, resource.String("arn")).As(user), nil
}

// unreachableError keeps the real provider's wording.
type unreachableError struct{ reason error }

func (e *unreachableError) Error() string {
	return "configured Kubernetes cluster is unreachable: " + e.reason.Error()
}

func (e *unreachableError) Unwrap() error { return e.reason }

func unreachable(reason error) error { return &unreachableError{reason: reason} }

func (t target) find(tx *world.Tx) (*world.Resource, *api.User, error) {
	get := fmt.Sprintf("Get %q: ", strings.TrimSuffix(t.server, "/")+"/openapi/v2?timeout=32s")
	prefix := "unable to load schema information from the API server: "
	server, err := url.Parse(t.server)
	if err != nil {
		return nil, nil, fmt.Errorf("%s%w", prefix, err)
	}
	found := tx.Find("", ClusterResource, func(r *world.Resource) bool {
		return strings.EqualFold(strings.TrimSuffix(r.String("endpoint"), "/"), strings.TrimSuffix(t.server, "/"))
	})
	if len(found) == 0 {
		return nil, nil, fmt.Errorf("%s%sdial tcp: lookup %s: no such host", prefix, get, server.Hostname())
	}
	cluster := found[0]
	if address, ok := aws.DialEKS(tx, cluster); !ok {
		return nil, nil, fmt.Errorf("%s%sdial tcp %s: i/o timeout", prefix, get, address)
	}
	if authority := authorityOf(cluster); authority != "" && authority != base64.StdEncoding.EncodeToString(t.ca) {
		return nil, nil, fmt.Errorf("%s%stls: failed to verify certificate: x509: certificate signed by unknown authority", prefix, get)
	}
	user, err := t.login.authenticate(tx, cluster)
	if err != nil {
		return nil, nil, fmt.Errorf("%s%w", prefix, err)
	}
	return cluster, user, nil
}

// authorityOf returns the cluster's certificate authority as base64 text.
func authorityOf(cluster *world.Resource) string {
	if authority := api.String(cluster.Props, "certificateAuthority", "data"); authority != "" {
		return authority
	}
	return cluster.String("certificateAuthority")
}

var errCredentials = errors.New("the server has asked for the client to provide credentials")

// authenticate checks that the token would be for this cluster, and of a principal that it lets in, and says who that is.
func (l login) authenticate(tx *world.Tx, cluster *world.Resource) (*api.User, error) {
	if l.token != "" {
		return serviceAccountOfToken(api.At(tx, cluster.String("arn")), l.token)
	}
	if l.command == "" {
		return nil, errCredentials
	}
	if l.command != "aws" {
		return nil, fmt.Errorf("getting credentials: exec: executable %s not found", l.command)
	}
	name := cluster.String("name")
	switch {
	case l.cluster == "":
		return nil, errors.New("getting credentials: exec: executable aws failed with exit code 252: the following arguments are required: --cluster-name")
	case l.cluster != name, l.region != "" && l.region != cluster.Region:
		return nil, errCredentials
	}
	principal := l.principal(tx, cluster)
	if principal == "" {
		return nil, errCredentials
	}
	entries := tx.Find(cluster.Account, accessEntryResource, aws.Has("clusterName", name, "principalArn", principal))
	if len(entries) == 0 {
		return nil, errCredentials
	}
	return userOf(tx, entries[0]), nil
}

// serviceAccountOfToken is the ServiceAccount to which a Secret of Kubernetes gives a token that does not expire.
// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/, "Auto-generated legacy ServiceAccount token clean up" and
// "Manual Secret management for ServiceAccounts", 2026-11-30.
func serviceAccountOfToken(c *api.Cluster, token string) (*api.User, error) {
	for _, secret := range c.List(api.SecretKind, "") {
		if api.String(secret, "type") != "kubernetes.io/service-account-token" || api.String(secret, "data", "token") != base64.StdEncoding.EncodeToString([]byte(token)) {
			continue
		}
		namespace, name := api.Namespace(secret), api.String(secret, "metadata", "annotations", "kubernetes.io/service-account.name")
		if c.Get(api.ServiceAccountKind, namespace, name) == nil {
			break
		}
		return &api.User{
			Name:   "system:serviceaccount:" + namespace + ":" + name,
			Groups: []string{authenticated, "system:serviceaccounts", "system:serviceaccounts:" + namespace},
		}, nil
	}
	return nil, errCredentials
}

// principal is the AWS principal that the token would stand for, "" for one in another account. Without a role
// it is the user behind the profile; the aws provider knows which account that is in.
func (l login) principal(tx *world.Tx, cluster *world.Resource) string {
	if l.role != "" {
		if aws.AccountOf(l.role) != cluster.Account {
			return ""
		}
		return l.role
	}
	profile := l.profile
	if profile == "" {
		profile = "default"
	}
	if account := tx.Note("aws/profile/" + profile); account != cluster.Account {
		return ""
	}
	return fmt.Sprintf("arn:%s:iam::%s:user/%s", aws.ParseARN(cluster.String("arn")).Partition, cluster.Account, profile)
}
