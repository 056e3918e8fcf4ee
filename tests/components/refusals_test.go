package components

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/tests/recorder"
)

// bad is a change that spoils the valid arguments of a component, and the words that the refusal must contain.
type bad[A any] struct {
	name  string
	spoil func(*A)
	words []string
}

// subject is a component under test.
type subject struct {
	name string
	// constructor is the function's name with its package's path, args are valid arguments of it.
	constructor string
	args        reflect.Value
	cases       []refusal
	// accept makes the component with valid arguments. empty makes it with the zero value of its arguments. problems
	// are the words for everything that the zero value lacks.
	accept, empty func(*pulumi.Context, *fixture) error
	problems      []string
}

type refusal struct {
	name  string
	make  func(*pulumi.Context, *fixture) error
	words []string
}

// of makes a subject out of a constructor, its valid arguments and what spoils them.
func of[A, R any](name string, construct func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (R, error),
	valid func(*fixture) *A, problems []string, table []bad[A],
) subject {
	build := func(args *A) func(*pulumi.Context, *fixture) error {
		return func(ctx *pulumi.Context, _ *fixture) error {
			_, err := construct(ctx, "tried", args)
			return err
		}
	}
	s := subject{
		name: name, constructor: runtime.FuncForPC(reflect.ValueOf(construct).Pointer()).Name(), args: reflect.ValueOf(valid(&fixture{})).Elem(),
		problems: problems, empty: build(new(A)),
		accept: func(ctx *pulumi.Context, f *fixture) error { return build(valid(f))(ctx, f) },
		cases:  []refusal{{name: "no arguments", make: build(nil), words: []string{"tried", "args"}}},
	}
	for _, c := range append(table, without(valid)...) {
		s.cases = append(s.cases, refusal{name: c.name, words: append([]string{"tried"}, c.words...), make: func(ctx *pulumi.Context, f *fixture) error {
			args := valid(f)
			c.spoil(args)
			return build(args)(ctx, f)
		}})
	}
	return s
}

func subjects() []subject {
	return slices.Concat(keySubjects(), networkSubjects(), iamSubjects(), eksSubjects(), meshSubjects(), ecsSubjects(), observabilitySubjects(), contractSubjects())
}

func TestRefusals(t *testing.T) {
	for _, s := range subjects() {
		for _, c := range s.cases {
			t.Run(s.name+"/"+c.name, func(t *testing.T) {
				refused(t, play(t, c.make), c.words)
			})
		}
	}
}

// Without this test, a case above could be refused for a fault that all of them share.
func TestTheArgumentsThatRefusalsSpoilAreGood(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			if r := made(t, s.accept); len(own(r)) == 0 {
				t.Error("nothing was registered")
			}
		})
	}
}

func TestAllProblemsComeAtOnce(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			refused(t, play(t, s.empty), s.problems)
		})
	}
}

func refused(t *testing.T, r *recorder.Recording, words []string) {
	t.Helper()
	if r.Err == nil {
		t.Fatal("accepted")
	}
	for _, word := range words {
		if !strings.Contains(r.Err.Error(), word) {
			t.Errorf("the refusal does not say %q: %v", word, r.Err)
		}
	}
	for _, res := range own(r) {
		t.Errorf("%s %s was registered", res.Type, res.Name)
	}
}

// word lists the wanted words.
func word(words ...string) []string { return words }
