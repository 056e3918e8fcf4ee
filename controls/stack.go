package controls

// Stack is all resources of a stack.
type Stack []Resource

// ofType returns the resources of a type.
func (s Stack) ofType(kind string) (all []Resource) {
	for _, r := range s {
		if r.Type == kind {
			all = append(all, r)
		}
	}
	return all
}

// without returns the namespaces in which there is no object of a kind that keeps a rule.
func (s Stack) without(kind string, keeps func(in Inputs) bool) (broken []string) {
	kept := map[any]bool{}
	for _, r := range s.ofType(kind) {
		if keeps(r.Inputs) {
			kept[r.Inputs.at("metadata", "namespace")] = true
		}
	}
	for _, r := range s.ofType(namespace) {
		if !kept[r.Inputs.at("metadata", "name")] {
			broken = append(broken, r.Name)
		}
	}
	return broken
}
