package stack_test

import (
	"testing"

	"ambient-ecs/verify/stack"
)

func TestADestinationAdmitsWhatItsStageAndItsRulesSay(t *testing.T) {
	reader := stack.Request{Namespace: "a", ServiceAccount: "ecs", Method: "GET", Path: "/orders/7", Headers: map[string]string{"x-team": "blue"}}
	writer := reader
	writer.Method = "POST"
	stranger := reader
	stranger.Namespace = "b"
	rules := []stack.Rule{{Namespaces: []string{"a"}, Methods: []string{"GET"}, Paths: []string{"/orders/*"}, Headers: map[string][]string{"X-Team": {"*"}}}}
	refusal := []stack.Rule{{ServiceAccounts: []string{"a/ecs"}, Methods: []string{"POST"}}}
	everybody := []stack.Rule{{Namespaces: []string{"a", "b"}}}
	for name, c := range map[string]struct {
		destination                       stack.Destination
		reads, writes, strangers, another bool
	}{
		"permissive":                 {stack.Destination{PolicyStage: "permissive", Allow: rules}, true, true, true, true},
		"an older stack":             {stack.Destination{}, true, true, true, true},
		"deny-all":                   {stack.Destination{PolicyStage: "deny-all", Allow: everybody}, false, false, false, false},
		"l4 admits callers whole":    {stack.Destination{PolicyStage: "l4", Allow: rules}, true, true, false, true},
		"l7 looks at requests":       {stack.Destination{PolicyStage: "l7", Allow: rules}, true, false, false, false},
		"l4 leaves an L7 denial out": {stack.Destination{PolicyStage: "l4", Allow: everybody, Deny: refusal}, true, true, true, true},
		"l7 denies":                  {stack.Destination{PolicyStage: "l7", Allow: everybody, Deny: refusal}, true, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			other := reader
			other.Path = "/"
			for _, r := range []struct {
				what    string
				request stack.Request
				want    bool
			}{{"reader", reader, c.reads}, {"writer", writer, c.writes}, {"stranger", stranger, c.strangers}, {"another path", other, c.another}} {
				if got := c.destination.Admits(r.request); got != r.want {
					t.Errorf("%s: admitted %v, want %v", r.what, got, r.want)
				}
			}
		})
	}
}
