package repair

import (
	"errors"
	"fmt"
	"strings"
)

// Resume gives the state the pending creates of an earlier export of the same stack. A `pulumi stack import` drops them from the stack itself, so
// that what was still in doubt then can only be found from that export. What was taken since then is found to be in the state.
func (s *State) Resume(earlier []byte) error {
	from, err := Parse(earlier)
	if err != nil {
		return err
	}
	for _, p := range s.Pending() {
		if p.Operation == Creating {
			return errors.New("the stack has pending creates of its own: repair those first, without the file")
		}
	}
	operations, _ := s.deployment["pending_operations"].([]any)
	own := s.origin()
	for _, o := range objects(from.deployment["pending_operations"]) {
		r, _ := o["resource"].(object)
		if text(o, "type") != Creating {
			continue
		}
		if other := origin(text(r, "urn")); own != "" && other != own {
			return fmt.Errorf("it is of another stack: it has %s, and the stack has %s", other, own)
		}
		operations = append(operations, o)
	}
	s.deployment["pending_operations"] = operations
	return nil
}

// origin is the part of the stack's URNs that names stack and project.
func (s *State) origin() string {
	for _, r := range s.resources() {
		return origin(text(r, "urn"))
	}
	return ""
}

func origin(urn string) string {
	parts := strings.SplitN(urn, "::", 3)
	return strings.Join(parts[:min(2, len(parts))], "::")
}
