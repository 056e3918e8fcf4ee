// Package enrol puts ECS task definitions into the mesh, and takes them out again.
//
// Fargate lets nothing capture a task's traffic. So Enrol adds the container ztunnel, has every other container wait until
// it is healthy, and sends the containers' calls to it by the SOCKS proxy that ALL_PROXY names, where a container says
// nothing of its own. What comes in reaches ztunnel's port only; see package network. ECS stops containers in the reverse
// order, so ztunnel is there until the application is gone.
//
// Enrol is a pure function of a definition, an identity and what the mesh gives. The text of the definition keeps its
// order, its white space and what nobody here knows. Docker labels of ztunnel say what was added and from which inputs;
// Unenrol removes exactly that:
//
//	Enrol(Enrol(x)) = Enrol(x)
//	Unenrol(Enrol(x)) = x, for an x without ztunnel
//
// A ztunnel container of `istioctl ecs add-service` is adopted. Any other container of that name is refused.
package enrol
