// Package controls holds sixty controls of AWS Security Hub, the CIS Amazon EKS Benchmark 1.7, AWS Control Tower and the EKS best
// practices, each with its outcome for Pulumi.prod.yaml. The policy pack in controls/pack asks those that one resource decides.
// `ambient check` asks those that a whole stack decides as well.
package controls

import "slices"

// Resource is a resource as a program registers it.
type Resource struct {
	// Type is the type token, such as "aws:ecs/service:Service".
	Type, Name string
	Inputs     Inputs
}

// Control is one rule and how the example for production stands to it. Exactly one of Each, All, Test, Open and None is set.
type Control struct {
	// Number is the control's in the list of sixty, ID the benchmark's name of it. Text says what it asks for.
	Number   int
	ID, Text string
	// Name is the policy's in the pack, such as "tasks-no-public-address". Fix says how to keep the control. Both belong to a
	// control that resources decide.
	Name, Fix string
	// Mandatory stops an update. A control that is not mandatory is advisory: a stack may have a reason to break it.
	Mandatory bool
	// Each judges one resource of the type Kind. Also has the same for other types that can break the control. A stack without any such
	// resource has nothing to judge.
	Kind string
	Each func(in Inputs) bool
	Also map[string]func(in Inputs) bool
	// All judges what only a whole stack decides. It returns how many resources it judged, and what breaks the control.
	All func(stack Stack) (judged int, broken []string)
	// Test is the name of the test that holds the control by construction, in this repository.
	Test string
	// Open says why the control fails.
	Open string
	// None says why the control does not apply.
	None string
}

// Verdict is what a control says of a resource or of a stack.
type Verdict int

// A control that needs a value which only the update will know, or which is encrypted, is Undecided.
const (
	Kept Verdict = iota
	Undecided
	Broken
)

// String is the verdict in a word.
func (v Verdict) String() string { return [...]string{"kept", "undecided", "broken"}[v] }

// Judge returns whether a resource is of the kind that the control judges, and the verdict.
func (c Control) Judge(r Resource) (verdict Verdict, judged bool) {
	keeps := c.Also[r.Type]
	if c.Each != nil && r.Type == c.Kind {
		keeps = c.Each
	}
	if keeps == nil {
		return Kept, false
	}
	return decide(func() Verdict {
		if keeps(r.Inputs) {
			return Kept
		}
		return Broken
	}), true
}

// Finding is what a control says of a whole stack.
type Finding struct {
	Control Control
	Verdict Verdict
	// Broken and Undecided are the names of the resources of these verdicts, or what is missing, in words.
	Broken, Undecided []string
	// Judged counts the resources that the control judged. It is 0 where the stack has none.
	Judged int
}

// Check asks a control that resources decide about a whole stack.
func (c Control) Check(stack Stack) Finding {
	f := Finding{Control: c}
	if c.All != nil {
		if verdict := decide(func() Verdict { f.Judged, f.Broken = c.All(stack); return Kept }); verdict == Undecided {
			f.Undecided = []string{"the stack"}
		}
	}
	for _, r := range stack {
		verdict, judged := c.Judge(r)
		switch {
		case !judged:
			continue
		case verdict == Broken:
			f.Broken = append(f.Broken, r.Name)
		case verdict == Undecided:
			f.Undecided = append(f.Undecided, r.Name)
		}
		f.Judged++
	}
	switch {
	case len(f.Broken) > 0:
		f.Verdict = Broken
	case len(f.Undecided) > 0:
		f.Verdict = Undecided
	}
	return f
}

// Decided are the controls that resources decide, in the order of their numbers.
func Decided() []Control {
	return slices.DeleteFunc(slices.Clone(Sixty), func(c Control) bool { return c.Each == nil && c.All == nil })
}

// Level is how a broken control counts, in a word.
func (c Control) Level() string {
	if c.Mandatory {
		return "mandatory"
	}
	return "advisory"
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
