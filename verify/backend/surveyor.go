package backend

import "context"

// Reach says whether the network lets one host connect to a port of another. It ignores names, identities and
// policies.
type Reach struct {
	From string `json:"from"`
	To   string `json:"to"`
	Port int    `json:"port"`
	Open bool   `json:"open"`
	// Why says what blocks the connection.
	Why string `json:"why,omitempty"`
}

// Surveyor is a back end that can see the network itself, not only make calls.
type Surveyor interface {
	// Reachability has every pair of hosts that take part in calls, with every port on which something listens.
	Reachability(ctx context.Context) ([]Reach, error)
}

// Visitor is a back end that cannot make the calls of users to every ingress.
type Visitor interface {
	// Visits says why no call of a user can be made, or "".
	Visits() string
}

// Watcher is a back end that can see whether istiod still finds what runs in ECS. istiod keeps what it has found, so calls
// alone do not show it.
type Watcher interface {
	// Discovering says for every account of the stack, by its key, what keeps istiod from looking for tasks there now, ""
	// for nothing.
	Discovering(ctx context.Context) (map[string]string, error)
}
