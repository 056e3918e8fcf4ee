// Package controls holds sixty controls of AWS Security Hub, the CIS Amazon EKS Benchmark 1.7, AWS Control Tower and the EKS best
// practices, each with its outcome for Pulumi.prod.yaml. A control that single resources decide takes the type and the inputs of
// one, so that a policy pack can ask the same.
package controls

// Resource is a resource as a program registers it: the type token, and the inputs as plain values.
type Resource struct {
	Type, Name string
	Inputs     map[string]any
}

// Control is one rule and how the example for production stands to it. Exactly one of Each, All, Test, Open and None is set.
type Control struct {
	// Number is the control's in the list of sixty, ID the benchmark's name of it. Text says what it asks for.
	Number   int
	ID, Text string
	// Each judges one resource of the type Kind. A stack without any fails.
	Kind string
	Each func(inputs map[string]any) bool
	// All judges what only a whole stack decides. It returns what breaks the control.
	All func(stack []Resource) []string
	// Test is the name of the test that holds the control by construction, in this repository.
	Test string
	// Open says why the control fails.
	Open string
	// None says why the control does not apply.
	None string
}

// Judge returns whether a resource is of a kind that the control judges, and whether it keeps it.
func (c Control) Judge(r Resource) (judged, kept bool) {
	if c.Each == nil || r.Type != c.Kind {
		return false, false
	}
	return true, c.Each(r.Inputs)
}

// Break returns the names of what breaks the control in a stack. A control that judges nothing is broken.
func (c Control) Break(stack []Resource) []string {
	if c.All != nil {
		return c.All(stack)
	}
	var broken []string
	count := 0
	for _, r := range stack {
		judged, kept := c.Judge(r)
		if judged {
			count++
		}
		if judged && !kept {
			broken = append(broken, r.Name)
		}
	}
	if count == 0 {
		return []string{"there is no " + c.Kind}
	}
	return broken
}

// Outcome is the control's in a word.
func (c Control) Outcome() string {
	switch {
	case c.Each != nil || c.All != nil:
		return "checked"
	case c.Test != "":
		return "by construction"
	case c.Open != "":
		return "open"
	default:
		return "does not apply"
	}
}
