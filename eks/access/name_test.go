package access

import (
	"strings"
	"testing"
)

const (
	path = "arn:aws:iam::111122223333:role/team/ops"
	dot  = "arn:aws:iam::111122223333:role/team.ops"
)

// named returns the entries' names and former names, by principal.
func named(t *testing.T, admins, readers, living []string) map[string][2]string {
	t.Helper()
	entries, err := Entries("aws", admins, readers, living)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][2]string{}
	for _, e := range entries {
		all[e.Principal] = [2]string{e.Name, e.Formerly}
	}
	return all
}

func TestPrincipalsThatWouldShareANameHaveOneEach(t *testing.T) {
	const shared, ofPath, ofDot = "111122223333-role.team.ops", "111122223333-role~team~ops", "111122223333-role~team.ops"
	for _, c := range []struct {
		name           string
		admins, living []string
		want           map[string][2]string
	}{
		{"alone", []string{path}, nil, map[string][2]string{path: {shared, ofPath}}},
		{"both, and one lives", []string{path, dot}, []string{path}, map[string][2]string{path: {ofPath, shared}, dot: {ofDot, ""}}},
		{"both, and the other lives", []string{path, dot}, []string{dot}, map[string][2]string{path: {ofPath, ""}, dot: {ofDot, shared}}},
		{"both live", []string{path, dot}, []string{path, dot}, map[string][2]string{path: {ofPath, ""}, dot: {ofDot, ""}}},
		{"both are new", []string{path, dot}, []string{}, map[string][2]string{path: {ofPath, ""}, dot: {ofDot, ""}}},
		{"nobody knows", []string{path, dot}, nil, map[string][2]string{path: {ofPath, ""}, dot: {ofDot, shared}}},
	} {
		got := named(t, c.admins, nil, c.living)
		for arn, want := range c.want {
			if got[arn] != want {
				t.Errorf("%s: %s has %q, want %q", c.name, arn, got[arn], want)
			}
		}
	}
}

// Any two listed principals have different names, and no entry may have the other's name as its former name.
func FuzzNamesOfDifferentPrincipalsDiffer(f *testing.F) {
	f.Add("role/team/ops", "role/team.ops", true)
	f.Add("user/a.b/c", "user/a/b.c", false)
	f.Add("role/a..b", "role/a/./b", false)
	f.Add("role/a", "user/a", true)
	f.Fuzz(func(t *testing.T, one, other string, sameAccount bool) {
		a, b := "arn:aws:iam::111122223333:"+one, "arn:aws:iam::111122223333:"+other
		if !sameAccount {
			b = "arn:aws:iam::444455556666:" + other
		}
		if a == b {
			return
		}
		for _, living := range [][]string{nil, {}, {a}, {b}, {a, b}} {
			entries, err := Entries("aws", []string{a}, []string{b}, living)
			if err != nil {
				return // not the ARNs of principals
			}
			taken := map[string]string{}
			for _, e := range entries {
				for _, name := range []string{e.Name, e.Formerly} {
					if name == "" {
						continue
					}
					if taken[name] != "" {
						t.Errorf("%q is a name of %s and of %s", name, taken[name], e.Principal)
					}
					taken[name] = e.Principal
				}
			}
		}
		// From one list to another and back, Pulumi knows the entry as the same.
		alone, both := named(t, []string{a}, nil, []string{a}), named(t, []string{a}, []string{b}, []string{a})
		if known := alone[a][0]; known != both[a][0] && known != both[a][1] {
			t.Errorf("%s is known as %q and becomes %q without an alias", a, known, both[a])
		}
		if known := both[a][0]; known != alone[a][0] && known != alone[a][1] {
			t.Errorf("%s is known as %q and goes back to %q without an alias", a, known, alone[a])
		}
	})
}

// Anything that is inserted between the kind and the name of an IAM Identity Center role is refused, unless it is the
// path.
func FuzzRolesOfIdentityCenterHaveTheirPath(f *testing.F) {
	f.Add("", "Admin_0123456789abcdef")
	f.Add("aws-reserved/sso.amazonaws.com/", "Admin_0123456789abcdef")
	f.Add("aws-reserved/sso.amazonaws.com/eu-west-2/", "Admin_0123456789abcdef")
	f.Add("aws-reserved/", "a")
	f.Fuzz(func(t *testing.T, path, set string) {
		arn := "arn:aws:iam::111122223333:role/" + path + "AWSReservedSSO_" + set
		if principal.FindStringSubmatch(arn) == nil || strings.Contains(set, "/") || path != "" && !strings.HasSuffix(path, "/") {
			return
		}
		folders := strings.Split(path, "/")
		right := set != "" && strings.HasPrefix(path, "aws-reserved/sso.amazonaws.com/") &&
			(len(folders) == 3 || len(folders) == 4 && folders[2] != "" && strings.Trim(folders[2], "abcdefghijklmnopqrstuvwxyz0123456789-") == "")
		if !Reserved(arn) {
			t.Errorf("%s: not of Identity Center", arn)
		}
		form, _, wrong := ReservedForm(arn)
		if wrong == right {
			t.Errorf("%s: wrong is %v", arn, wrong)
		}
		if want := "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/[REGION/]AWSReservedSSO_" + set; wrong && form != want {
			t.Errorf("%s should be %s", arn, form)
		}
	})
}
