// Package podsecurity has the labels by which Kubernetes refuses pods that ask for more than a namespace allows.
// (https://kubernetes.io/docs/concepts/security/pod-security-admission/, 2026-11-29)
package podsecurity

// Level is a Pod Security Standard. Empty: the namespace gets no label, and the cluster's default holds.
type Level string

const (
	// Privileged allows everything.
	Privileged Level = "privileged"
	// Baseline refuses privileged containers and the namespaces, network and paths of the node.
	Baseline Level = "baseline"
	// Restricted also demands a user that is not root, no more capabilities, no way to more privileges, and a seccomp profile.
	Restricted Level = "restricted"
)

const (
	labelEnforce = "pod-security.kubernetes.io/enforce"
	labelAudit   = "pod-security.kubernetes.io/audit"
)

// Label adds the labels of a level to those of a namespace. Pods that Baseline admits and Restricted would not are noted in the
// cluster's audit log.
func (l Level) Label(labels map[string]string) map[string]string {
	if l == "" {
		return labels
	}
	all := map[string]string{labelEnforce: string(l)}
	if l == Baseline {
		all[labelAudit] = string(Restricted)
	}
	for key, value := range labels {
		all[key] = value
	}
	return all
}

// System is the level of a namespace whose pods work on the node itself, where the others have l.
func (l Level) System() Level {
	if l == "" {
		return ""
	}
	return Privileged
}

// Charts is the level of a namespace whose pods come from charts that may not meet Restricted, where the others have l.
func (l Level) Charts() Level {
	if l == "" {
		return ""
	}
	return Baseline
}
