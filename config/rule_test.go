package config

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// rule is a list of one rule that is about some callers.
func rule(more object, from ...any) []any {
	r := object{"from": list(from...)}
	for key, value := range more {
		r[key] = value
	}
	return list(r)
}

// guarded are the edits that put echo-service of ecs-1 behind a waypoint of its own, with rules.
func guarded(allow any, more ...edit) []edit {
	const echo = "clusters/ecs-1/services/echo-service/"
	return append([]edit{{echo + "waypoint", true}, {echo + "access", "declared"}, {echo + "allow", allow}}, more...)
}

func TestRefusedRulesThatWouldNotMeanWhatTheySay(t *testing.T) {
	const field = "clusters.ecs-1.services.echo-service."
	reading := object{"from": list("cluster:ecs-2"), "methods": list("GET")}
	run(t, []refusal{
		{"a whole caller beside a rule about its requests", guarded(list(object{"from": list("cluster:ecs-2")}, reading)),
			[][]string{{field + "allow[1]", "another allow", "whatever they request (cluster:ecs-2)"}}},
		{"a whole caller in the cluster's rules", guarded(list(reading), edit{"clusters/ecs-1/allow", list(object{"from": list("account:local")})}),
			[][]string{{field + "allow[0]", "of its cluster", "whatever they request (account:local)"}}},
		{"one header twice", guarded(list(object{"from": list("cluster:ecs-2"), "headers": object{"X-Team": list("a"), "x-team": list("b")}})),
			[][]string{{field + `allow[0].headers = "x-team"`, "upper and lower case"}}},
		{"a star inside a header's value", guarded(list(object{"from": list("cluster:ecs-2"), "headers": object{"accept": list("text/*")}})),
			[][]string{{field + `allow[0].headers.accept = "text/*"`, "compared whole"}}},
		one("paths left as they are", "pathNormalization", "NONE", `pathNormalization = "NONE"`, "DECODE_AND_MERGE_SLASHES"),
	})
}

func TestPathsThatMatchNothingAreRefusedWithTheFormThatWorks(t *testing.T) {
	for _, c := range []struct{ path, base, merged, decoded string }{
		{"/admin*", "/admin*", "/admin*", "/admin*"},
		{"//admin*", "//admin*", "/admin*", "/admin*"},
		{"/%2Fadmin", "/%2Fadmin", "/%2Fadmin", "/admin"},
		{"/a%5cb", "/a%5cb", "/a%5cb", "/a/b"},
		{`/a\b`, "/a/b", "/a/b", "/a/b"},
		{"/a/../admin", "/admin", "/admin", "/admin"},
		{"/./admin*", "/admin*", "/admin*", "/admin*"},
		{"/%41dmin", "/Admin", "/Admin", "/Admin"},
		{"/a/%2e%2E/b", "/b", "/b", "/b"},
		{"/a/..*", "/a/..*", "/a/..*", "/a/..*"},
		{"/a/..", "/", "/", "/"},
		{"*/./b", "*/b", "*/b", "*/b"},
		{"*../b", "*../b", "*../b", "*../b"},
		{"*a/../b", "*/b", "*/b", "*/b"},
		{"/a|b*", "/a%7Cb*", "/a%7Cb*", "/a%7Cb*"},
		{"/größe", "/gr%C3%B6%C3%9Fe", "/gr%C3%B6%C3%9Fe", "/gr%C3%B6%C3%9Fe"},
		{"/a b", "/a%20b", "/a%20b", "/a%20b"},
		{"/a%252Fb", "/a%252Fb", "/a%252Fb", "/a%252Fb"},
		{"/a%3Ab", "/a%3Ab", "/a%3Ab", "/a%3Ab"},
	} {
		for i, want := range []string{c.base, c.merged, c.decoded} {
			n := pathNormalizations[i]
			reason := n.checkRulePath(c.path)
			if want == c.path && reason != "" || want != c.path && !strings.HasSuffix(reason, ": write "+want) {
				t.Errorf("%s with %s: %q, want the form %s", c.path, n, reason, want)
			}
		}
	}
}

// generatedPaths are paths of pieces that some normalization changes.
func generatedPaths() (all []string) {
	pieces := []string{"/", "/", "/", "a", "B", ".", "..", "%2F", "%2f", "%5C", "%41", "%2e", "%7E", "%20", "%25", `\`, " ", "é", "[0-9]+", "|", "@", "%zz"}
	random := rand.New(rand.NewPCG(9, 9))
	for range 4000 {
		path := "/"
		for range random.IntN(7) {
			path += pieces[random.IntN(len(pieces))]
		}
		all = append(all, path)
	}
	return all
}

func TestARuleHasOnlyPathsThatARequestCanHave(t *testing.T) {
	escapedSlash := regexp.MustCompile(`%2[Ff]|%5C`)
	impossible := regexp.MustCompile(`/\.\.?(?:/|$)|[\\|]|[^!-~]|%(?:41|2e|7E)`)
	for _, path := range generatedPaths() {
		for _, n := range pathNormalizations {
			reason := n.checkRulePath(path)
			form, _ := n.normalized(path)
			if again, _ := n.normalized(form); again != form {
				t.Fatalf("%s: %q becomes %q and then %q", n, path, form, again)
			}
			if n.checkRulePath(form) != "" {
				t.Errorf("%s: the form %q of %q is refused: %s", n, form, path, n.checkRulePath(form))
			}
			never := impossible.MatchString(path) || n != PathBase && strings.Contains(path, "//") && path != "//" || // Envoy keeps these two
				n == PathDecodeAndMergeSlashes && escapedSlash.MatchString(path)
			if never != (reason != "") {
				t.Errorf("%s: %q is refused: %q", n, path, reason)
			}
		}
	}
}

func TestARouteHasOnlyPrefixesThatTheGatewayAPIAdmits(t *testing.T) {
	// gateway-api v1.4.0, apis/v1/httproute_types.go, HTTPPathMatch.
	characters := regexp.MustCompile(`^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$`)
	holds := func(path string) bool {
		for _, part := range []string{"//", "/./", "/../", "%2f", "%2F", "#"} {
			if strings.Contains(path, part) {
				return false
			}
		}
		return strings.HasPrefix(path, "/") && !strings.HasSuffix(path, "/..") && !strings.HasSuffix(path, "/.") && characters.MatchString(path) && len(path) <= 1024
	}
	accepted := 0
	for _, path := range append(generatedPaths(), "/"+strings.Repeat("a", 1023), "/"+strings.Repeat("a", 1024)) {
		for _, n := range pathNormalizations {
			reason := n.CheckPathPrefix(path)
			if reason == "" {
				accepted++
			}
			if form, _ := n.normalized(path); (holds(path) && form == path) != (reason == "") {
				t.Errorf("%s: %q is refused: %q", n, path, reason)
			}
		}
	}
	if accepted < 500 {
		t.Errorf("only %d are accepted", accepted)
	}
}

func TestRoutesThatNoRequestTakes(t *testing.T) {
	const echo, field = "clusters/ecs-1/services/echo-service/", "clusters.ecs-1.services.echo-service.traffic.routes[0]"
	route := func(name string, r object, words ...string) refusal {
		r["to"] = object{"echo-service": 1}
		return refusal{name, []edit{{echo + "waypoint", true}, {echo + "traffic", object{"routes": list(r)}}}, [][]string{words}}
	}
	run(t, []refusal{
		route("a pattern", object{"pathPrefix": "/orders/[0-9]+"}, field+".pathPrefix", "no '['", "no pattern"),
		route("an encoded slash", object{"pathPrefix": "/a%2Fb"}, field+".pathPrefix", "write /a/b"),
		route("a query", object{"pathPrefix": "/a?b"}, field+".pathPrefix", "what follows ? or #"),
		route("a header's name that is too long", object{"headers": object{strings.Repeat("x", 257): "a"}}, field+".headers", "256"),
		route("a header's value that is too long", object{"headers": object{"x-a": strings.Repeat("x", 4097)}}, field+".headers.x-a", "4096"),
		route("a blank at the end of a value", object{"headers": object{"x-a": "a "}}, field+".headers.x-a", "blanks at the ends"),
		route("a header that is none", object{"headers": object{"Authority": "a"}}, field+".headers", "ignores a header of this name"),
		{"an encoded slash that stays", []edit{{"pathNormalization", "BASE"}, {echo + "waypoint", true},
			{echo + "traffic", object{"routes": list(object{"pathPrefix": "/a%2Fb", "to": object{"echo-service": 1}})}}}, [][]string{{field + ".pathPrefix", "no route for an encoded slash"}}},
	})
}
