package enrol

import (
	"slices"
	"strings"
)

// Client is what a task's application calls others with. It decides which variables send its calls to ztunnel: each
// runtime reads others. docs/clients.md says what each reads, and what was tried.
type Client string

// The clients that there are presets for.
const (
	// ClientCurl is curl, and whatever reads ALL_PROXY and NO_PROXY as it does.
	ClientCurl Client = "curl"
	ClientGo   Client = "go"
	ClientJava Client = "java"
	// ClientNode sets what the npm package proxy-agent reads. Node.js itself has no SOCKS.
	ClientNode   Client = "node"
	ClientPython Client = "python"
	ClientDotnet Client = "dotnet"
	// ClientNone sets nothing: the application calls nobody, or finds ztunnel by itself.
	ClientNone Client = "none"
)

// DefaultClient is the client of a task that names none.
const DefaultClient = ClientCurl

// ClientsOf are the presets of single containers, nil for none.
func ClientsOf(named map[string]string) map[string]Client {
	if len(named) == 0 {
		return nil
	}
	all := map[string]Client{}
	for container, client := range named {
		all[container] = Client(client)
	}
	return all
}

// ClientOf is what one container calls others with: what Clients says, nothing for the log router of FireLens, Client for every
// other. Fluent Bit, the log router, takes an HTTP proxy from HTTP_PROXY, and does not start with the address of another
// (fluent/fluent-bit#10156, 2026-11-30).
func (m Mesh) ClientOf(container string, routesLogs bool) Client {
	if own := m.Clients[container]; own != "" {
		return own
	}
	if routesLogs {
		return ClientNone
	}
	return m.Client
}

// Clients are all presets, in the order in which they are offered.
var Clients = []Client{ClientCurl, ClientGo, ClientJava, ClientNode, ClientPython, ClientDotnet, ClientNone}

const (
	// EnvAllProxy sends the application's calls to ztunnel. The h in the scheme leaves names to ztunnel, which knows the
	// mesh's.
	EnvAllProxy = "ALL_PROXY"
	// EnvNoProxy exempts the task itself and the link-local addresses where it gets its credentials and metadata.
	EnvNoProxy = "NO_PROXY"
	// EnvHTTPProxy and EnvHTTPSProxy are what Go's and .NET's HTTP clients read.
	EnvHTTPProxy  = "HTTP_PROXY"
	EnvHTTPSProxy = "HTTPS_PROXY"
	// EnvJavaOptions are options of every Java virtual machine. Those of its command line win.
	EnvJavaOptions = "JAVA_TOOL_OPTIONS"

	proxyHost = "127.0.0.1"
	proxyPort = "15080"
	// allProxy leaves names to ztunnel, which knows the mesh's.
	allProxy = "socks5h://" + proxyHost + ":" + proxyPort
	// nameProxy is for the clients that leave names to every SOCKS 5 proxy. .NET, and Go before 1.24, do not know socks5h.
	nameProxy = "socks5://" + proxyHost + ":" + proxyPort
	noProxy   = "localhost,127.0.0.1,169.254.170.2,169.254.169.254"
)

// exempt are the addresses that no proxy may take: the task itself, ECS's credentials, EC2's metadata, and the credentials of
// EKS Pod Identity (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html, 2026-11-29).
var exempt = []string{"localhost", "127.0.0.1", "169.254.170.2", "169.254.169.254", "169.254.170.23"}

// variables are what the client reads, in the order in which they are added to a container.
func (c Client) variables() []variable {
	common := []variable{{EnvAllProxy, allProxy}, {EnvNoProxy, strings.Join(exempt, ",")}}
	switch c {
	case ClientNone:
		return nil
	case ClientGo, ClientDotnet:
		return append(common, variable{EnvHTTPProxy, nameProxy}, variable{EnvHTTPSProxy, nameProxy})
	case ClientJava:
		// socksNonProxyHosts counts for sockets, http.nonProxyHosts for HTTP by the same proxy: tests/clients has tried both.
		return append(common, variable{EnvJavaOptions, "-DsocksProxyHost=" + proxyHost + " -DsocksProxyPort=" + proxyPort +
			" -DsocksNonProxyHosts=" + strings.Join(exempt, "|") + " -Dhttp.nonProxyHosts=" + strings.Join(exempt, "|")})
	case ClientNode, ClientPython:
		return common
	default:
		return []variable{{EnvAllProxy, allProxy}, {EnvNoProxy, noProxy}}
	}
}

// names are the variables that the client reads, in the order in which they are added.
func (c Client) names() (all []string) {
	for _, v := range c.variables() {
		all = append(all, v.Name)
	}
	return all
}

// Environment is what the preset sets, by variable, in a container that says nothing of it.
func (c Client) Environment() map[string]string {
	all := map[string]string{}
	for _, v := range c.variables() {
		all[v.Name] = v.Value
	}
	return all
}

// Known reports whether there is a preset. Empty is DefaultClient.
func (c Client) Known() bool { return c == "" || slices.Contains(Clients, c) }

// Variable is an environment variable that a preset sets.
type Variable variable

// Leading are the variables that send the client's calls to ztunnel, in the order in which they are added.
func (c Client) Leading() (all []Variable) {
	for _, v := range c.variables() {
		if v.Name != EnvNoProxy {
			all = append(all, Variable(v))
		}
	}
	return all
}

// Leads reports whether a value that a container has leads to ztunnel. Java's options may hold others besides.
func (v Variable) Leads(said string) bool {
	if v.Name == EnvJavaOptions {
		options := strings.Fields(said)
		return slices.Contains(options, "-DsocksProxyHost="+proxyHost) && slices.Contains(options, "-DsocksProxyPort="+proxyPort)
	}
	return said == v.Value
}

// Sets reports whether some preset sets the variable.
func Sets(name string) bool {
	return slices.Contains([]string{EnvAllProxy, EnvNoProxy, EnvHTTPProxy, EnvHTTPSProxy, EnvJavaOptions}, name)
}
