package doctor

import "ambient-ecs/verify/stack"

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

// notEnrolled says that a service waits. It is no fault: the service goes on as before, without the mesh.
func notEnrolled(service string) *Finding {
	f := missing("import-unchanged", service, "set import: enrolled and run `pulumi up`, once the preview of it is what you want", "service %s is taken over and not enrolled: it lives without the mesh, as before", service)
	f.Warning = true
	return f
}
