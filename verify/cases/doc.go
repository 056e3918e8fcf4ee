// Package cases lists as data the calls that a deployed mesh must answer and must refuse.
//
// Everything is derived from the stack's outputs: a stack of nine clusters has the matrix of nine clusters. The
// thirty checks of the guide keep their numbers and names. Their roles are filled from the stack: C1 and C2 are
// the first two clusters of the home account, C3 is the first one of any other account, EKS is the test workloads.
// A check whose role the stack does not fill is listed as not applicable, with the reason.
//
// A case that expects a failure has a control: a call that must succeed and differs only in the tested
// ingredient. A failure without a control proves nothing, because a call also fails when the mesh is broken.
package cases

import "ambient-ecs/verify/backend"

// Kind is the kind of a case.
type Kind string

const (
	// Call makes a request and looks at how it ended.
	Call Kind = "call"
	// Discovery, Enrolment and Entries compare what istiod knows with the stack's services.
	Discovery Kind = "discovery"
	Enrolment Kind = "enrolment"
	Entries   Kind = "entries"
	// Revision compares what a service runs with what it should run.
	Revision Kind = "revision"
	// Identity asks whether a task role leads to one service account and no other.
	Identity Kind = "identity"
	// Live asks whether istiod finds what runs in an account now: it keeps what it has found, so calls do not show it.
	Live Kind = "live"
	// Members asks whether everything that stands behind a shared name is known, and nothing else.
	Members Kind = "members"
	// Traffic compares how a waypoint shares out requests with what is declared.
	Traffic Kind = "traffic"
	// Locality asks whether callers of a shared name are told which members to prefer.
	Locality Kind = "locality"
	// Trust asks whether the tasks of an identity begin with the root certificates that the mesh has.
	Trust Kind = "trust"
	// Gateway asks whether a port of the gateway, or of the ingress, is closed to all but the networks that the stack declares.
	Gateway Kind = "gateway"
	// Refusal asks whether the tasks of a service refuse an identity that comes to them directly.
	Refusal Kind = "refusal"
	// Shares compares how the ingress shares out the requests of users with what is declared.
	Shares Kind = "shares"
)

// Extra is a need of a case that the deployed stack does not cover.
type Extra string

const (
	// None: everything is there.
	None Extra = ""
	// ExtraPod is a pod outside the mesh, for as long as a call takes.
	ExtraPod Extra = "a pod outside the mesh"
	// Writes is a request that an application may take for an order.
	Writes Extra = "a request that may change something in the application"
	// Shell is a call from a service that only serves, so that nobody can start a call there.
	Shell Extra = "a shell in a service that is no client"
	// Disturbs disables, for a while, a part of the mesh that others may be using.
	Disturbs Extra = "a part of the mesh taken away for a while"
)

// Case is one expectation.
type Case struct {
	// ID is stable for the same stack: the guide's number, or a path such as "pair/ecs-3/ecs-2".
	ID, Name string
	Kind     Kind
	// State is the id of the state in which the case holds.
	State string
	Extra Extra

	// Request and Expect are those of a Call.
	Request backend.Request
	Expect  backend.Outcome
	// Client is the identity that the access log must show if the call is answered, Servers those that may answer.
	Client  string
	Servers []string
	// Control is the call that must succeed for a failure to count.
	Control *Control
	// Sharper is a control that differs only in the tested ingredient, where Control differs in more. It needs a change
	// of the mesh that others could notice. If the run may make that change, Sharper replaces Control.
	Sharper *Control

	// Cluster and Service are those of a Revision, the service account's namespace and name those of an Identity.
	Cluster, Service          string
	Namespace, ServiceAccount string
	// Host is the hostname of a Members, a Traffic or a Refusal, that of the service behind a user's Call, and the name that users ask for in
	// a Shares.
	Host string
	// Path is what users ask for in a Shares, and Shares are the declared weights of the backends by hostname.
	Path   string
	Shares map[string]int
	// Entrance says that a Gateway is about the ingress.
	Entrance bool
	// Prefers says that the callers in a Locality are to prefer members that are near.
	Prefers bool
	// Token is the bootstrap token of a Trust.
	Token string
	// Subject is the name of an Alarm, a Counting, a Query, or of the waypoint of a Tracing ("namespace/name").
	Subject string
	// Of is who writes the lines of a Counting.
	Of string
	// Role is the task role of an Identity, Port the port of a Gateway or a Shares, Account the key of the account of a Live.
	Role, Account string
	Port          int
}

// Control is a call that shows that a failure has the one cause that is tested.
type Control struct {
	State   string
	Request backend.Request
	// Expect is Answered, or where the stack's own policies refuse every call, Policy: a proxy was reached.
	Expect backend.Outcome
	// Differs is the ingredient in which the control differs from its case.
	Differs string
}

// Inapplicable is a case that the stack has no role for.
type Inapplicable struct{ ID, Name, Reason string }

// Matrix is every case of a stack.
type Matrix struct {
	Cases []Case
	// States are in the order in which they are walked. The first one is the stack as it is.
	States       []State
	Inapplicable []Inapplicable
}

// Source and Destination are how a case's ends are shown, "" for one that has none.
func (c Case) Source() string {
	if source, _, _, ok := c.looking(); ok {
		return source
	}
	switch c.Kind {
	case Call:
		return Caller(c.Request)
	case Gateway:
		return "outside the " + c.networks()
	case Refusal:
		return "ingress, directly"
	case Identity:
		return c.Cluster + " task role"
	case Revision:
		return c.Cluster + "/" + c.Service
	case Traffic:
		return "waypoint"
	case Shares:
		return "ingress"
	case Trust:
		return "tasks of " + c.Namespace + "/" + c.ServiceAccount
	case Locality:
		return "callers"
	}
	return "istiod"
}

// Destination is the target of the case as text.
func (c Case) Destination() string {
	if _, destination, _, ok := c.looking(); ok {
		return destination
	}
	switch c.Kind {
	case Call:
		return Callee(c.Request)
	case Gateway:
		if c.Entrance {
			return "ingress:" + number(c.Port)
		}
		return "gateway:" + number(c.Port)
	case Refusal:
		return "tasks of " + c.Host
	case Identity:
		return c.Namespace + "/" + c.ServiceAccount
	case Revision:
		return "declared revision"
	case Live:
		return "tasks in " + c.Account
	case Members, Traffic, Locality:
		return c.Host
	case Shares:
		return c.Host + c.Path
	case Trust:
		return "root certificates"
	}
	return "every service"
}

// Expected is the expected result in a word or two.
func (c Case) Expected() string {
	if _, _, expected, ok := c.looking(); ok {
		return expected
	}
	switch c.Kind {
	case Call:
		return string(c.Expect)
	case Gateway:
		return "closed"
	case Refusal:
		return "refused"
	case Identity:
		return "only this one"
	case Revision:
		return "runs it"
	case Live:
		return "finds them"
	case Members:
		return "its members"
	case Traffic, Shares:
		return "as declared"
	case Trust:
		return "the mesh's"
	case Locality:
		return preference(c.Prefers)
	}
	return "all known"
}

// networks are those that a Gateway is open to.
func (c Case) networks() string {
	if c.Entrance {
		return "ingress's sources"
	}
	return "mesh's networks"
}

// Caller is who makes a request, and how.
func Caller(r backend.Request) string {
	if r.PastProxy {
		return r.From.String() + " (past the proxy)"
	}
	return r.From.String()
}

// Callee is the destination of a request as text.
func Callee(r backend.Request) string {
	if r.Task != "" {
		return "task of " + r.Task + ":" + number(r.Port)
	}
	return r.Host + ":" + number(r.Port)
}
