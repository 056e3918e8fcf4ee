package document

import (
	"strings"
	"testing"

	"github.com/tailscale/hujson"
)

func parsed(t *testing.T, text string) *hujson.Value {
	t.Helper()
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func TestWhatIsAddedIsLaidOutLikeWhatStandsBeside(t *testing.T) {
	type pair struct {
		Name  string `json:"name"`
		Value []int  `json:"value"`
	}
	for text, want := range map[string]string{
		`{"a":[{"name":"x","value":[1]}]}`:             `{"a":[{"name":"x","value":[1]},{"name":"y","value":[2]}],"b":[3]}`,
		`{"a": [{"name": "x", "value": [1]}]}`:         `{"a": [{"name": "x", "value": [1]}, {"name": "y", "value": [2]}], "b": [3]}`,
		`{ "a": [{ "name": "x", "value": [1] } ] }`:    `{ "a": [{ "name": "x", "value": [1] }, { "name": "y", "value": [2] } ], "b": [3] }`,
		"{\n\t\"a\": [\n\t\t{\"name\": \"x\"}\n\t]\n}": "{\n\t\"a\": [\n\t\t{\"name\": \"x\"},\n\t\t{\"name\": \"y\", \"value\": [2]}\n\t],\n\t\"b\": [\n\t\t3\n\t]\n}",
		"{\r\n  \"a\": []\r\n}":                        "{\r\n  \"a\": [{\"name\":\"y\",\"value\":[2]}],\r\n  \"b\": [\r\n    3\r\n  ]\r\n}",
	} {
		v := parsed(t, text)
		Append(Member(v, "a"), pair{"y", []int{2}}, nil)
		AddMember(v, "b", []int{3})
		if got := string(v.Pack()); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		RemoveMember(v, "b")
		Remove(Member(v, "a"), func(e *hujson.Value) bool { return Text(Member(e, "name")) == "y" })
		if got := string(v.Pack()); got != text {
			t.Errorf("after removing: got\n%s\nwant\n%s", got, text)
		}
	}
}

func TestRemovingTheLastOfAListLeavesNoComma(t *testing.T) {
	v := parsed(t, `{"a" : 1 , "l": [1 , 2]}`)
	Remove(Member(v, "l"), func(e *hujson.Value) bool { return e.String() == " 2" })
	RemoveMember(v, "l")
	if got := string(v.Pack()); got != `{"a" : 1}` {
		t.Errorf("got %s", got)
	}
}

func TestReplaceKeepsTheWhiteSpaceAround(t *testing.T) {
	v := parsed(t, `[ {"a":1} , 7 ]`)
	Replace(Elements(v)[1], map[string]int{"b": 2}, Elements(v)[0])
	SetText(Member(Elements(v)[0], "a"), "<")
	if got := string(v.Pack()); got != `[ {"a":"<"} , {"b":2} ]` {
		t.Errorf("got %s", got)
	}
}

func TestDepthDoesNotCountBracketsInStrings(t *testing.T) {
	if got := depth([]byte(`[["]]]][[", "\"[", {"a": []}]]`)); got != 4 {
		t.Errorf("got %d", got)
	}
	if _, err := Parse([]byte(`"` + strings.Repeat("[", 100) + `"`)); err != nil {
		t.Error(err)
	}
	if _, err := Parse([]byte(`"` + strings.Repeat("a", maxText) + `"`)); err == nil {
		t.Error("a text of any length is read")
	}
}
