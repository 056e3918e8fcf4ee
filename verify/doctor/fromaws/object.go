package fromaws

import "context"

// object is a Kubernetes object, or a part of one. What is not there is empty.
type object map[string]any

func (o object) at(path ...string) any {
	var value any = map[string]any(o)
	for _, key := range path {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return value
}

func (o object) text(path ...string) string {
	s, _ := o.at(path...).(string)
	return s
}

func (o object) number(path ...string) int {
	switch n := o.at(path...).(type) {
	case int64:
		return int(n)
	case float64:
		return int(n)
	}
	return 0
}

func (o object) strings(path ...string) map[string]string {
	all := map[string]string{}
	inner, _ := o.at(path...).(map[string]any)
	for key, value := range inner {
		if s, ok := value.(string); ok {
			all[key] = s
		}
	}
	return all
}

func (o object) texts(path ...string) []string {
	var all []string
	list, _ := o.at(path...).([]any)
	for _, value := range list {
		if s, ok := value.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func (o object) objects(path ...string) []object {
	var all []object
	list, _ := o.at(path...).([]any)
	for _, value := range list {
		if inner, ok := value.(map[string]any); ok {
			all = append(all, inner)
		}
	}
	return all
}

func (o object) name() string      { return o.text("metadata", "name") }
func (o object) namespace() string { return o.text("metadata", "namespace") }

func (o object) labels() map[string]string      { return o.strings("metadata", "labels") }
func (o object) annotations() map[string]string { return o.strings("metadata", "annotations") }

// condition is a condition's status and message.
func (o object) condition(kind string) (status, message string) {
	for _, c := range o.objects("status", "conditions") {
		if c.text("type") == kind {
			return c.text("status"), c.text("message")
		}
	}
	return "", ""
}

// objects are those of a kind in every namespace.
func (e *evidence) objects(ctx context.Context, apiVersion, kind string) ([]object, error) {
	list, err := e.cluster.List(ctx, apiVersion, kind)
	if err != nil {
		return nil, err
	}
	all := make([]object, len(list))
	for i, o := range list {
		all[i] = o
	}
	return all, nil
}

// object is one object, nil if it does not exist.
func (e *evidence) object(ctx context.Context, apiVersion, kind, namespace, name string) (object, error) {
	return e.cluster.Get(ctx, apiVersion, kind, namespace, name)
}
