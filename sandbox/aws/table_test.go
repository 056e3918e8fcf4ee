package aws

import (
	"testing"

	"ambient-ecs/sandbox/world"
)

// The compiler does not notice a missing field in a row of the table.
func TestEveryTypeSaysWhatItsRefusalsNeed(t *testing.T) {
	types := map[string]*resourceType{}
	for _, r := range resourceTypes() {
		if types[r.token] != nil {
			t.Errorf("%s is in the table twice", r.token)
		}
		types[r.token] = r
	}
	for token, r := range types {
		say := func(wrong bool, what string) {
			if wrong {
				t.Errorf("%s: %s", token, what)
			}
		}
		say(r.service == "" || r.noun == "", "service and noun are in every error")
		say(r.newID == nil && r.key == "" && r.create == nil, "nothing makes the id: set newID, key or create")
		say(r.newID != nil && r.key != "", "newID and key both make the id")
		say(r.known != "" && r.key == "" && r.find == nil, "known needs a key, or a find")
		say(r.creates == "" && (r.quota > 0 || r.taken.code != "" || r.check != nil), "a refusal of a create needs the operation that creates")
		say(r.deletes == "" && r.held.code != "", "a refusal of a deletion needs the operation that deletes")
		say((r.quota > 0) != (r.full.code != ""), "quota and full go together")
		say(len(r.holders) > 0 && r.held.code == "", "holders need held")
		for name, in := range r.inputs {
			say(in.chosen != nil && in.preset != nil, name+" is chosen by AWS and preset by the provider")
			if in.refers == "" {
				continue
			}
			target := types[in.refers]
			if target == nil {
				t.Errorf("%s: %s refers to %s, which is not in the table", token, name, in.refers)
				continue
			}
			say(target.missing.code == "", name+" refers to "+in.refers+", which does not say how it is missed")
			say(r.creates == "", name+" is looked up, and a refusal needs the operation that creates")
		}
	}
}

func TestAnIDIsReadAsItWasWritten(t *testing.T) {
	entry := &world.Resource{Props: map[string]any{"clusterName": "mesh", "principalArn": "arn:aws:iam::" + home + ":role/a"}}
	known := eksAccessEntryType()
	id := idOf(known, entry)
	if id != "mesh:arn:aws:iam::"+home+":role/a" {
		t.Fatal(id)
	}
	if got := parseID(known.known, id); !sameValue(got, entry.Props) {
		t.Fatalf("%v", got)
	}
	if got := parseID(known.known, "mesh"); got != nil {
		t.Fatalf("an id without its separator is read as %v", got)
	}
}
