package doctor

import (
	"fmt"
	"strings"

	"ambient-ecs/verify/stack"
)

// importedOf are the services that the stack has taken over and not enrolled yet, as "cluster/service".
func importedOf(s *stack.Stack) (all []string) {
	for _, cluster := range s.ClusterKeys() {
		for _, name := range s.Clusters[cluster].ServiceKeys() {
			if s.Clusters[cluster].Services[name].Imported() {
				all = append(all, cluster+"/"+name)
			}
		}
	}
	return all
}

// notEnrolled says that a service waits. It is no fault: the service goes on as before, without the mesh. istiod discovers every service of a
// tagged cluster, also this one: where a _ keeps it from writing an entry, the callers would lose the service with its enrolment.
func (w *walk) notEnrolled(service string) *Finding {
	cluster, name, _ := strings.Cut(service, "/")
	want := w.stack.Clusters[cluster].Services[name]
	entry := find(w.kubernetes.Entries, func(e Entry) bool { return e.Service && e.ARN == want.ARN })
	f := missing("import-unchanged", service, "set import: enrolled and run `pulumi up`, once the preview of it is what you want", "service %s is taken over and not enrolled: it lives without the mesh, as before", service)
	if entry == nil && underscored(want.ARN) && !want.ClientOnly {
		f.Sentence += fmt.Sprintf(". istiod has written no ServiceEntry for it: it names them after cluster and service, %s, and no Kubernetes object may have a _ in its name. Enrolled, nobody would find it", inECS(want.ARN))
		f.Fix = "do not enrol it: " + nameless
	}
	f.Warning = true
	return f
}
