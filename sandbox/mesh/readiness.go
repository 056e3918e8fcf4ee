package mesh

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const exposeLabel = "istio.io/expose-istiod"

// roleNotes are the annotations of a service account that name an AWS role. The bearer of that role may take the
// service account's identity.
var roleNotes = []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"}

// Readiness reports whether a task's ztunnel container is healthy, and if not, why. A task without one has
// nothing to wait for.
//
// It repeats ztunnel's start: it reads the token, calls the address in the token, checks the server's
// certificate, and proves that it bears the task role.
func Readiness(tx *world.Tx, task *world.Resource) (ready bool, why string) {
	t := readTask(tx, task)
	container := t.container(ztunnelContainer)
	if container == nil {
		return true, ""
	}
	certificate, err := connect(tx, t, container)
	if err != nil {
		return false, "ztunnel: " + err.Error()
	}
	if _, has := CredentialsOfTask(task); !has {
		task.Props[certificateProperty] = certificate.encode()
		tx.Changed(task)
	}
	return true, ""
}

// connect gets a task its certificate, and returns who has signed it.
func connect(tx *world.Tx, task ecsTask, container api.Object) (Authority, error) {
	token, err := bootstrap.Decode(variable(container, bootstrap.Variable))
	if err != nil {
		return Authority{}, fmt.Errorf("%s %w", bootstrap.Variable, err)
	}
	if token.Platform != "ecs" {
		return Authority{}, fmt.Errorf("%s: platform is %q: a task can authenticate as ecs only", bootstrap.Variable, token.Platform)
	}
	host, port, err := splitURL(token.URL)
	if err != nil {
		return Authority{}, err
	}
	eni := aws.InterfaceOf(tx, task.Resource)
	if eni == nil {
		return Authority{}, errors.New("the task has no network interface")
	}
	if ok, why := aws.Dial(tx, aws.HostOf(eni), host, port); !ok {
		return Authority{}, fmt.Errorf("connect to istiod at %s: %s", token.URL, why)
	}
	c, istiod, err := behind(tx, host, port)
	if err != nil {
		return Authority{}, fmt.Errorf("connect to istiod at %s: %w", token.URL, err)
	}
	authority := authorityOf(c, istiod)
	if err := authority.trustedBy(token.CACert, tx.Now); err != nil {
		return Authority{}, fmt.Errorf("connect to istiod at %s: invalid peer certificate: %w: caCert has no root of this mesh", token.URL, err)
	}
	return authority, authenticate(c, istiod, task, token)
}

// variable returns a variable of a container definition.
func variable(container api.Object, name string) string {
	for _, e := range api.Maps(container, "environment") {
		if api.String(e, "name") == name {
			return api.String(e, "value")
		}
	}
	return ""
}

func splitURL(text string) (host string, port int, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", 0, fmt.Errorf("%s: url %q is not https://host:port", bootstrap.Variable, text)
	}
	port, err = strconv.Atoi(u.Port())
	if err != nil {
		return "", 0, fmt.Errorf("%s: url %q has no port", bootstrap.Variable, text)
	}
	return u.Hostname(), port, nil
}

// behind returns the istiod that answers at an address of a load balancer, with its cluster. A Service that exposes
// istiod must have the address. Its gateway must run, and so must the istiod that the gateway belongs to.
func behind(tx *world.Tx, host string, port int) (*api.Cluster, api.Object, error) {
	for _, arn := range tx.Clusters() {
		c := api.At(tx, arn)
		service := exposing(c, host)
		if service == nil {
			continue
		}
		if api.Labels(service)[exposeLabel] != strconv.Itoa(port) {
			return nil, nil, fmt.Errorf("Service %s does not expose istiod on port %d", api.ID(service), port)
		}
		gateways := false
		for _, pod := range c.List(api.PodKind, api.Namespace(service)) {
			gateways = gateways || api.Ready(pod) && api.Matches(api.Object{"matchLabels": api.Map(service, "spec", "selector")}, api.Labels(pod))
		}
		if !gateways {
			return nil, nil, fmt.Errorf("no pod of Service %s is ready", api.ID(service))
		}
		running := istiod(c)
		if gateway := c.Get(GatewayKind, api.Namespace(service), api.Labels(service)[gatewayNameLabel]); gateway != nil {
			running = programs(c, gateway)
		}
		if running == nil {
			return nil, nil, errors.New("istiod does not run")
		}
		return c, running, nil
	}
	return nil, nil, fmt.Errorf("no Service has the address %s", host)
}

func exposing(c *api.Cluster, host string) api.Object {
	for _, service := range c.List(api.ServiceKind, "") {
		for _, ingress := range api.Maps(service, "status", "loadBalancer", "ingress") {
			if api.String(ingress, "hostname") == host || api.String(ingress, "ip") == host {
				return service
			}
		}
	}
	return nil
}

// authenticate is istiod's side of the connection. The caller has proved that it bears its task role. It may
// take the identity of every service account that names this role. The service account in the token must be one
// of them.
func authenticate(c *api.Cluster, pod api.Object, task ecsTask, token bootstrap.Token) error {
	env := istiodEnvironment(c, pod)
	if !soloBuild(pod) || licenseOf(c, env) == "" {
		return errors.New("istiod does not know ECS tasks: it is not Solo's build, or it has no licence")
	}
	caller, err := aws.TaskPrincipal(c.Tx, task.Resource)
	if err != nil {
		return fmt.Errorf("no credentials to authenticate with: %w", err)
	}
	role := caller.RoleARN
	var granted []string
	for _, account := range c.List(api.ServiceAccountKind, "") {
		for _, note := range roleNotes {
			if arn := api.Annotations(account)[note]; arn != "" && withoutPath(arn) == withoutPath(role) {
				granted = append(granted, api.ID(account))
				break
			}
		}
	}
	asked := token.Namespace + "/" + token.ServiceAccount
	if !slices.Contains(granted, asked) {
		return fmt.Errorf("istiod refuses the identity %s to %s: service accounts with this role are %v", asked, role, granted)
	}
	return nil
}

// withoutPath drops a role's path: the ARN of an assumed role does not have it.
func withoutPath(arn string) string {
	prefix, rest, ok := strings.Cut(arn, ":role/")
	if !ok {
		return arn
	}
	return prefix + ":role/" + aws.NameOf(rest)
}
