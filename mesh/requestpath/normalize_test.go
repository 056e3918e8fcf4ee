package requestpath_test

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"ambient-ecs/mesh/requestpath"
)

const refused = "status 400"

func apply(t testing.TB, name, text string) string {
	t.Helper()
	n, known := requestpath.Named(name)
	if !known {
		t.Fatalf("%s is not known", name)
	}
	normal, ok := n.Apply(text)
	if !ok {
		return refused
	}
	return normal
}

var names = []string{"NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"}

// Most rows are facts that the tests of Envoy state too, in test/common/http/path_utility_test.cc, read on 2026-11-29.
func TestPathsBecomeWhatEnvoyMakesOfThem(t *testing.T) {
	for given, want := range map[string][4]string{ // by the order of names
		"/admin":               {"/admin", "/admin", "/admin", "/admin"},
		"//admin":              {"//admin", "//admin", "/admin", "/admin"},
		"/a///b//":             {"/a///b//", "/a///b//", "/a/b/", "/a/b/"},
		"/%2Fadmin":            {"/%2Fadmin", "/%2Fadmin", "/%2Fadmin", "/admin"},
		"/a%2f%5Cb":            {"/a%2f%5Cb", "/a%2f%5Cb", "/a%2f%5Cb", "/a/b"},
		"/%252Fadmin":          {"/%252Fadmin", "/%252Fadmin", "/%252Fadmin", "/%252Fadmin"},
		"/a/b/../c":            {"/a/b/../c", "/a/c", "/a/c", "/a/c"},
		"/a/b/%2E%2e/c":        {"/a/b/%2E%2e/c", "/a/c", "/a/c", "/a/c"},
		"/a/./b/.":             {"/a/./b/.", "/a/b/", "/a/b/", "/a/b/"},
		"/a/..%2Fb":            {"/a/..%2Fb", "/a/..%2Fb", "/a/..%2Fb", "/b"},
		"/a//../b":             {"/a//../b", "/a/b", "/a/b", "/a/b"},
		"/a/b/../../../../c":   {"/a/b/../../../../c", "/c", "/c", "/c"},
		`/a/..\c`:              {`/a/..\c`, "/c", "/c", "/c"},
		"a/b/../c":             {"a/b/../c", "/a/c", "/a/c", "/a/c"},
		"..":                   {"..", "/", "/", "/"},
		"":                     {"", "/", "/", "/"},
		"//":                   {"//", "//", "//", "//"},
		"/%41dmin%7e":          {"/%41dmin%7e", "/Admin~", "/Admin~", "/Admin~"},
		"/A/%c0%af/%25":        {"/A/%c0%af/%25", "/A/%c0%af/%25", "/A/%c0%af/%25", "/A/%c0%af/%25"},
		"/a b\"é":              {"/a b\"é", "/a%20b%22%C3%A9", "/a%20b%22%C3%A9", "/a%20b%22%C3%A9"},
		"/50%/%zz":             {"/50%/%zz", "/50%/%zz", "/50%/%zz", "/50%/%zz"},
		"/%%300":               {"/%%300", "/%2500", "/%2500", "/%2500"},
		"/%2%46x":              {"/%2%46x", "/%252Fx", "/%252Fx", "/%252Fx"},
		"/a//b?q=//../%2F":     {"/a//b?q=//../%2F", "/a//b?q=//../%2F", "/a/b?q=//../%2F", "/a/b?q=//../%2F"},
		"/xyz/.%00../abc":      {"/xyz/.%00../abc", refused, refused, refused},
		"/xyz/AAAAA%%0000/abc": {"/xyz/AAAAA%%0000/abc", refused, refused, refused},
		"/a#b":                 {refused, refused, refused, refused},
	} {
		for i, name := range names {
			if got := apply(t, name, given); got != want[i] {
				t.Errorf("%s of %q is %q and not %q", name, given, got, want[i])
			}
		}
	}
	if _, known := requestpath.Named("DEFAULT"); known {
		t.Error("a name that config does not take is known")
	}
}

var plain = regexp.MustCompile(`^(/[a-zA-Z0-9._~-]+)+$`)

func FuzzApply(f *testing.F) {
	for _, seed := range []string{"/a/../b", "//admin", "/%2Fadmin", "/%%300", `/a\..\b`, "/%2%46", "/%%32F", "/a/%2e%2E?x=//", "/%", "/.//..//a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		for _, name := range names {
			once := apply(t, name, given)
			if once == refused {
				continue
			}
			if again := apply(t, name, once); again != once {
				t.Errorf("%s of %q is %q, and of that %q", name, given, once, again)
			}
			part, _, _ := strings.Cut(once, "?")
			if name == "NONE" {
				continue
			}
			if strings.Contains(part+"/", "/./") || strings.Contains(part+"/", "/../") || !strings.HasPrefix(part, "/") || strings.ContainsAny(part, "\\ \x00") {
				t.Errorf("%s of %q is %q", name, given, once)
			}
			if name != "BASE" && strings.Contains(part, "//") && part != "//" {
				t.Errorf("%s of %q is %q, with adjacent slashes", name, given, once)
			}
			if upper := strings.ToUpper(part); name == "DECODE_AND_MERGE_SLASHES" && (strings.Contains(upper, "%2F") || strings.Contains(upper, "%5C")) {
				t.Errorf("%s of %q is %q, with an escaped slash", name, given, once)
			}
			// Of what has no empty segment and no escape, RFC 3986 says the same as the standard library.
			if last := path.Base(given); plain.MatchString(given) && last != "." && last != ".." && once != path.Clean(given) {
				t.Errorf("%s of %q is %q and not %q", name, given, once, path.Clean(given))
			}
		}
	})
}
