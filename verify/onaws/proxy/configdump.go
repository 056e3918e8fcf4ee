package proxy

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
)

// Dump is what one ztunnel knows: the answer of `/config_dump` at its port 15000. `istioctl ztunnel-config` prints the same. It
// shows what istiod has really sent to the proxy.
type Dump struct {
	Workloads    []Workload
	Services     []Service
	Policies     []Policy
	Certificates []Certificate
}

// Workload is a workload in the dump.
type Workload struct {
	UID            string   `json:"uid"`
	Name           string   `json:"name"`
	Namespace      string   `json:"namespace"`
	ServiceAccount string   `json:"serviceAccount"`
	TrustDomain    string   `json:"trustDomain"`
	Addresses      []string `json:"workloadIps"`
	Protocol       string   `json:"protocol"`
	Node           string   `json:"node"`
	Network        string   `json:"network"`
	Status         string   `json:"status"`
}

// Service is a service in the dump.
type Service struct {
	Name      string              `json:"name"`
	Namespace string              `json:"namespace"`
	Hostname  string              `json:"hostname"`
	Addresses []string            `json:"vips"`
	Ports     map[string]int      `json:"ports"`
	Endpoints map[string]Endpoint `json:"endpoints"`
	Waypoint  *struct {
		Destination string `json:"destination"`
	} `json:"waypoint"`
}

// Endpoint leads from a service to a workload.
type Endpoint struct {
	WorkloadUID string `json:"workloadUid"`
}

// Policy is an authorization policy in the dump.
type Policy struct {
	Name, Namespace string
	// Content is all that the ztunnel knows of the policy, its action and its rules, as JSON with sorted keys.
	Content string
}

// UnmarshalJSON keeps the content of a policy without interpreting it. Versions of ztunnel write rules
// differently, and the verifier only compares them for equality.
func (p *Policy) UnmarshalJSON(data []byte) error {
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	p.Name, _ = all["name"].(string)
	p.Namespace, _ = all["namespace"].(string)
	sorted, err := json.Marshal(all)
	p.Content = string(sorted)
	return err
}

// Certificate is a workload's certificate with its chain.
type Certificate struct {
	Identity string `json:"identity"`
	State    string `json:"state"`
	Chain    []Link `json:"certChain"`
	Roots    []Link `json:"rootCerts"`
}

// Link is one certificate of a chain.
type Link struct {
	PEM     string `json:"pem"`
	Expires string `json:"expirationTime"`
}

// ParseDump reads a dump. Its sections are lists or, in older versions, objects by key.
func ParseDump(data []byte) (Dump, error) {
	var raw struct {
		Workloads, Services, Policies, Certificates json.RawMessage
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return Dump{}, fmt.Errorf("read ztunnel's config dump: %w", err)
	}
	var dump Dump
	if err := errors.Join(
		section("workloads", raw.Workloads, &dump.Workloads), section("services", raw.Services, &dump.Services),
		section("policies", raw.Policies, &dump.Policies), section("certificates", raw.Certificates, &dump.Certificates),
	); err != nil {
		return Dump{}, err
	}
	return dump, nil
}

func section[T any](name string, data json.RawMessage, into *[]T) error {
	if len(data) == 0 {
		return nil
	}
	if data[0] != '{' {
		if err := json.Unmarshal(data, into); err != nil {
			return fmt.Errorf("read %s of ztunnel's config dump: %w", name, err)
		}
		return nil
	}
	byKey := map[string]T{}
	if err := json.Unmarshal(data, &byKey); err != nil {
		return fmt.Errorf("read %s of ztunnel's config dump: %w", name, err)
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		*into = append(*into, byKey[key])
	}
	return nil
}

// Policy is the content of a policy that the ztunnel enforces. ok is false if it enforces no policy of this
// name.
func (d Dump) Policy(namespace, name string) (content string, ok bool) {
	i := slices.IndexFunc(d.Policies, func(p Policy) bool { return p.Namespace == namespace && p.Name == name })
	if i < 0 {
		return "", false
	}
	return d.Policies[i].Content, true
}

// entry is in the UID of a workload that istiod made from a WorkloadEntry.
const entry = "/WorkloadEntry/"

// BackendWorkloads are the workloads in the type of the back ends.
func (d Dump) BackendWorkloads() []backend.Workload {
	serves := map[string]string{}
	for _, service := range d.Services {
		for _, endpoint := range service.Endpoints {
			if known, twice := serves[endpoint.WorkloadUID]; !twice || service.Hostname < known {
				serves[endpoint.WorkloadUID] = service.Hostname
			}
		}
	}
	var all []backend.Workload
	for _, w := range d.Workloads {
		trust := w.TrustDomain
		if trust == "" {
			trust = "cluster.local"
		}
		one := backend.Workload{
			Namespace: w.Namespace, Name: w.Name, Protocol: w.Protocol, Node: w.Node, Network: w.Network,
			Identity: "spiffe://" + trust + "/ns/" + w.Namespace + "/sa/" + w.ServiceAccount,
			Service:  serves[w.UID], ECS: strings.Contains(w.UID, entry) && strings.HasPrefix(w.Name, "ecs-task-"),
		}
		if len(w.Addresses) > 0 {
			one.Address = w.Addresses[0]
		}
		all = append(all, one)
	}
	return all
}

// BackendServices are the services in the type of the back ends.
func (d Dump) BackendServices() []backend.Service {
	health := map[string]string{}
	for _, w := range d.Workloads {
		health[w.UID] = w.Status
	}
	var all []backend.Service
	for _, s := range d.Services {
		one := backend.Service{Namespace: s.Namespace, Name: s.Name, Host: s.Hostname, Endpoints: len(s.Endpoints)}
		for _, address := range s.Addresses {
			// "network/address"
			_, bare, ok := strings.Cut(address, "/")
			if !ok {
				bare = address
			}
			one.Addresses = append(one.Addresses, bare)
		}
		for port := range s.Ports {
			if n, err := strconv.Atoi(port); err == nil {
				one.Ports = append(one.Ports, n)
			}
		}
		slices.Sort(one.Ports)
		for _, endpoint := range s.Endpoints {
			if health[endpoint.WorkloadUID] == "Healthy" {
				one.Healthy++
			}
		}
		if s.Waypoint != nil {
			one.Waypoint = s.Waypoint.Destination
		}
		all = append(all, one)
	}
	return all
}

// BackendCertificates are the leaf certificates and the roots in use.
func (d Dump) BackendCertificates() (leaves, roots []backend.Certificate) {
	for _, c := range d.Certificates {
		if len(c.Chain) == 0 {
			continue // The certificate has not been issued, or not yet.
		}
		leaf := describe(c.Chain[0])
		leaf.Identity = c.Identity
		leaves = append(leaves, leaf)
		trusted := c.Roots
		if len(trusted) == 0 {
			// Older versions have the root at the end of the chain.
			trusted = c.Chain[len(c.Chain)-1:]
		}
		for _, root := range trusted {
			one := describe(root)
			one.Identity = "root"
			roots = append(roots, one)
		}
	}
	return leaves, roots
}

func describe(link Link) backend.Certificate {
	var c backend.Certificate
	if at, err := time.Parse(time.RFC3339, link.Expires); err == nil {
		c.NotAfter = at
	}
	block, _ := pem.Decode([]byte(link.PEM))
	if block == nil {
		return c
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return c
	}
	c.Issuer, c.NotAfter = parsed.Issuer.String(), parsed.NotAfter
	return c
}
