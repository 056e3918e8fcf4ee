package access

import (
	"slices"
	"strings"
)

// plain returns the plain name of an entry. It joins the path and the name of a principal with dots. Both may hold
// dots themselves: role/team/ops and role/team.ops have the same plain name.
func plain(arn string) string { return joined(arn, ".") }

// exact returns a name that no other principal has, plain or exact. Paths and names never hold a tilde. Each exact
// name does, because a principal has at least the slash after its kind.
func exact(arn string) string { return joined(arn, "~") }

func joined(arn, separator string) string {
	parts := principal.FindStringSubmatch(arn)
	return parts[2] + "-" + strings.ReplaceAll(parts[3], "/", separator)
}

// name gives each entry its plain name. Entries that would share a plain name get their exact names.
//
// A living stack knows an entry by its plain name if the principal was listed before the other principal of that
// name. It knows the entry by its exact name if the other principal has just left. Formerly is the name that the
// stack may know. Only one of the entries that share a plain name can have had it: the entry that lives. If that is
// not known, it is the last entry, because earlier releases kept the last one.
func name(entries []Entry, living []string) {
	sharing := map[string][]int{}
	for i, e := range entries {
		sharing[plain(e.Principal)] = append(sharing[plain(e.Principal)], i)
	}
	for shared, group := range sharing {
		if len(group) == 1 {
			e := &entries[group[0]]
			e.Name = shared
			if couldShare(e.Principal) {
				e.Formerly = exact(e.Principal)
			}
			continue
		}
		var before []int
		for _, i := range group {
			entries[i].Name = exact(entries[i].Principal)
			if slices.Contains(living, entries[i].Principal) {
				before = append(before, i)
			}
		}
		if living == nil {
			before = group[len(group)-1:]
		}
		if len(before) == 1 {
			entries[before[0]].Formerly = shared
		}
	}
}

// couldShare reports whether another principal may have the same plain name.
func couldShare(arn string) bool {
	resource := principal.FindStringSubmatch(arn)[3]
	return strings.Count(resource, "/") > 1 || strings.Contains(resource, ".")
}
