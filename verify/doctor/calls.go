package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// Recorder is Evidence that also has records of calls: the access logs of the tasks' ztunnels, and VPC flow logs.
type Recorder interface {
	Calls(ctx context.Context, q CallQuery) (*Calls, error)
}

// CallQuery asks for what was recorded from a time until now.
type CallQuery struct {
	Since time.Time
	// Callers are the services ("cluster/service") whose ztunnels are asked.
	Callers []string
	// Interfaces are the network interfaces of the tasks, by the keys of the accounts.
	Interfaces map[string][]string
}

// Calls is what was recorded.
type Calls struct {
	// Outbound are the access logs of the callers. A caller whose log could not be read is missing, and Unseen says why.
	Outbound map[string]Outbound
	// Refused are TCP connections that the network refused, of any host.
	Refused []Refusal
	// Unseen says in sentences without a full stop what could not be read.
	Unseen []string
}

// Outbound says whether the ztunnels of a service's tasks logged any connection of their applications.
type Outbound struct {
	Called bool
	// Since is when the log begins: at the time of the query, or later, when the oldest of the tasks started.
	Since time.Time
}

// Refusal is a connection that a security group or a network ACL refused.
type Refusal struct {
	From, To       string
	FromPort, Port int
	Time           time.Time
}

// settled is how long a service's tasks must have run before silence means anything.
const settled = time.Hour

// calling looks for services whose calls do not reach their ztunnel.
func (w *walk) calling(ctx context.Context, r Recorder, now time.Time, window time.Duration) error {
	callers := w.callers()
	if len(w.ecs.Tasks) == 0 {
		return nil
	}
	q := CallQuery{Since: now.Add(-window), Interfaces: w.interfaces()}
	for _, m := range callers {
		q.Callers = append(q.Callers, m.String())
	}
	seen, err := r.Calls(ctx, q)
	if err != nil {
		return err
	}
	w.unseen = append(w.unseen, seen.Unseen...)
	w.refusals(seen.Refused)
	var perhaps []member
	for _, m := range callers {
		log, read := seen.Outbound[m.String()]
		when := "in the last " + hours(window)
		if log.Since.After(q.Since) {
			when = "since the oldest of its tasks started at " + log.Since.UTC().Format(time.RFC3339)
		}
		switch {
		case !read || log.Called || w.found.known(&Finding{Ingredient: "past-ztunnel", Subject: m.String()}) != nil:
		case log.Since.After(q.Since) && now.Sub(log.Since) < settled:
			w.unseen = append(w.unseen, fmt.Sprintf("whether the calls of %s reach its ztunnel: its tasks have run for less than an hour", m))
		case !w.saysWhom(m):
			perhaps = append(perhaps, m)
		default:
			f := missing("calls-nobody", m.String(), "compare its client with docs/clients.md. If it calls nobody, client: none says so",
				"%s called nobody through its ztunnel %s: either it calls nobody, or its client ignores the variables that lead there", m, when)
			f.Warning = true
			w.found.add(f, m.String())
		}
	}
	w.silent(perhaps)
	return nil
}

// silent tells of services that called nobody and of which the stack file says nothing: not with what client they call, nor whom.
func (w *walk) silent(services []member) {
	if len(services) == 0 {
		return
	}
	var names []string
	for _, m := range services {
		names = append(names, m.String())
	}
	f := missing("calls-nobody", names[0], "set client where a service calls others, and client: none where it calls nobody: docs/clients.md",
		"%s called nobody through ztunnel, and the stack file does not say whether they should", strings.Join(names, ", "))
	f.Warning = true
	w.found.add(f, names...)
}

// interfaces are the network interfaces of the tasks of the declared services, by account.
func (w *walk) interfaces() map[string][]string {
	all := map[string][]string{}
	for i := range w.ecs.Tasks {
		m := w.ownerOf(&w.ecs.Tasks[i])
		host := w.network.HostAt(w.ecs.Tasks[i].Address)
		if !m.ecs() || host == nil {
			continue
		}
		account := w.stack.Clusters[m.cluster].Account
		if !slices.Contains(all[account], host.ID) {
			all[account] = append(all[account], host.ID)
		}
	}
	return all
}

func hours(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return d.String()
}

// callers are the services that may call others: another service admits them, or they name the client that they call with. A service with a fault of its own is left out, because its calls fail for that reason.
func (w *walk) callers() []member {
	var all []member
	for _, m := range w.members() {
		if !m.ecs() {
			continue
		}
		client := w.stack.Clusters[m.cluster].Services[m.service].Client
		if client == stack.ClientNone || client == "" && !w.admittedSomewhere(m, stack.Destination.Lists) || w.faulty(m) {
			continue
		}
		all = append(all, m)
	}
	return all
}

// saysWhom reports whether the stack file says that a service calls others: it names the client, or a rule admits the service somewhere. A
// ready-made choice admits many, and says nothing of who calls.
func (w *walk) saysWhom(m member) bool {
	return w.stack.Clusters[m.cluster].Services[m.service].Client != "" || w.admittedSomewhere(m, stack.Destination.Names)
}

// admittedSomewhere reports whether another service names a service in one of two ways.
func (w *walk) admittedSomewhere(m member, names func(to stack.Destination, namespace, serviceAccount string) bool) bool {
	d := w.declared(m)
	for host, to := range w.stack.Destinations {
		if host != d.hostname && names(to, d.namespace, d.serviceAccount) {
			return true
		}
	}
	return false
}

// faulty reports whether something keeps a service out of the mesh, or its calls from its ztunnel.
func (w *walk) faulty(m member) bool { return first(w.member(m), w.proxy(m, member{})) != nil }

// refusals finds services whose calls of another service the network refused. The tasks of the mesh admit their proxies' port
// only, so such a call went past the caller's ztunnel.
func (w *walk) refusals(all []Refusal) {
	type called struct {
		from, to member
		port     int
	}
	last := map[called]time.Time{}
	var order []called
	for _, r := range all {
		if backend.DirectPort(r.FromPort) || r.From == r.To {
			continue
		}
		from, to := w.taskAt(r.From, r.Time), w.taskAt(r.To, r.Time)
		if from == nil || to == nil || !w.serves(to, r.Port) {
			continue
		}
		c := called{w.ownerOf(from), w.ownerOf(to), r.Port}
		if !c.from.ecs() || !c.to.ecs() || w.faulty(c.from) {
			continue
		}
		if _, known := last[c]; !known {
			order = append(order, c)
		}
		if r.Time.After(last[c]) {
			last[c] = r.Time
		}
	}
	slices.SortStableFunc(order, func(a, b called) int {
		return strings.Compare(fmt.Sprint(a.from, " ", a.to, " ", a.port), fmt.Sprint(b.from, " ", b.to, " ", b.port))
	})
	for start := 0; start < len(order); {
		from := order[start].from
		var callees, pairs []string
		latest := time.Time{}
		for ; start < len(order) && order[start].from == from; start++ {
			c := order[start]
			callees = append(callees, fmt.Sprintf("%s on port %d", c.to, c.port))
			pairs = append(pairs, pathOf(from, c.to))
			if last[c].After(latest) {
				latest = last[c]
			}
		}
		w.found.add(missing("past-ztunnel", from.String(), "give its client what it reads: docs/clients.md",
			"%s called %s past its ztunnel, and the network refused it, last at %s", from, strings.Join(callees, ", "), latest.UTC().Format(time.RFC3339)), pairs...)
	}
}

// taskAt is the task that had an address at a time, or nil. Addresses are used again.
func (w *walk) taskAt(address string, at time.Time) *Task {
	var had *Task
	for i, t := range w.ecs.Tasks {
		if t.Address == address && !t.Started.After(at) && (had == nil || t.Started.After(had.Started)) {
			had = &w.ecs.Tasks[i]
		}
	}
	return had
}

// ownerOf is the declared service of a task, or nobody.
func (w *walk) ownerOf(t *Task) member {
	for _, m := range w.members() {
		if m.ecs() && w.stack.Clusters[m.cluster].Services[m.service].ARN == t.Service {
			return m
		}
	}
	return member{}
}

// serves reports whether an application in a task serves a port.
func (w *walk) serves(t *Task, port int) bool {
	d := w.definition(t.Definition)
	return d != nil && slices.ContainsFunc(d.Containers, func(c Container) bool { return c.Name != ztunnel && slices.Contains(c.Ports, port) })
}
