package backend

import "context"

// Reach is whether the network lets one host connect to a port of another, names, identities and policies aside.
type Reach struct {
	From string `json:"from"`
	To   string `json:"to"`
	Port int    `json:"port"`
	Open bool   `json:"open"`
	// Why says what closes it.
	Why string `json:"why,omitempty"`
}

// Surveyor is a back end that can see the network itself, not only calls over it.
type Surveyor interface {
	// Reachability is every pair of hosts that take part in calls, with every port that anything listens on.
	Reachability(ctx context.Context) ([]Reach, error)
}

// Watcher is a back end that can see whether istiod still finds what runs in ECS. istiod keeps what it has found, so calls
// alone do not show it.
type Watcher interface {
	// Discovering returns, by the keys of the stack's accounts, what keeps istiod from looking for tasks there now: "" where
	// nothing does.
	Discovering(ctx context.Context) (map[string]string, error)
}
