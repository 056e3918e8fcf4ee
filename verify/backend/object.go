package backend

// At is what stands at a path inside an object, or nil.
func At(o Object, path ...string) any {
	var value any = o
	for _, key := range path {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return value
}

// Text is the string at a path, or "".
func Text(o Object, path ...string) string {
	s, _ := At(o, path...).(string)
	return s
}

// Objects are the objects in the list at a path.
func Objects(o Object, path ...string) []Object {
	var all []Object
	list, _ := At(o, path...).([]any)
	for _, entry := range list {
		if inner, ok := entry.(map[string]any); ok {
			all = append(all, inner)
		}
	}
	return all
}
