package aws

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

func TestWrongAccountIsRefused(t *testing.T) {
	s := newSandbox(t)
	open := func(args props) error {
		_, err := s.pkg.Open(context.Background(), with(props{"region": region}, args))
		return err
	}
	role := props{"roleArn": "arn:aws:iam::" + away + ":role/deployer"}
	refused(t, open(props{"assumeRole": role, "allowedAccountIds": []any{home}}), "AWS account ID not allowed: "+away)
	if err := open(props{"assumeRole": role, "allowedAccountIds": []any{away}}); err != nil {
		t.Fatal(err)
	}
	// The engine hands nested options over as JSON text.
	refused(t, open(props{"assumeRole": `{"roleArn":"arn:aws:iam::` + away + `:role/deployer"}`, "allowedAccountIds": `["` + home + `"]`}), "AWS account ID not allowed: "+away)
	refused(t, open(props{"region": "eu-nowhere-1"}), "invalid AWS Region: eu-nowhere-1")
	refused(t, open(props{"profile": "unknown"}), "No valid credential sources found")
	refused(t, open(props{"endpoints": []any{props{"ec2": "x"}}}), "does not model", "endpoints")
}

func TestProfileBelongsToTheAccountItMadeItsFirstResourceIn(t *testing.T) {
	s := newSandbox(t)
	args := props{"region": region, "profile": "dev", "allowedAccountIds": []any{home}}
	elsewhere := with(args, props{"allowedAccountIds": []any{away}})
	// Until then a mistake can be corrected.
	s.loginWith(args)
	s.loginWith(elsewhere)
	s.loginWith(args).create(logGroupKind, "g", props{})
	_, err := s.pkg.Open(context.Background(), elsewhere)
	refused(t, err, "AWS account ID not allowed: "+home)
	_ = s.w.Do(func(tx *world.Tx) error { BindProfile(tx, "dev", away); return nil })
	s.loginWith(elsewhere)
}

func TestUnmodelledTypesPropertiesAndFunctionsAreErrors(t *testing.T) {
	u := newSandbox(t).login(home)
	_, _, err := u.session.Check(context.Background(), subject("aws:s3/bucket:Bucket", "b", props{}))
	refused(t, err, "does not model", "aws:s3/bucket:Bucket")
	_, err = u.session.Invoke(context.Background(), "aws:ec2/getAmi:getAmi", nil)
	refused(t, err, "does not model", "getAmi")
	_, failures := u.check(vpcKind, "v", props{"cidrBlock": "10.0.0.0/16", "ipv4IpamPoolId": "ipam-pool-1"})
	if len(failures) != 1 || failures[0].Property != "ipv4IpamPoolId" {
		t.Fatalf("%v", failures)
	}
	_, failures = u.check(subnetKind, "s", props{})
	if len(failures) != 2 || !strings.Contains(failures[0].Reason, "Missing required argument") {
		t.Fatalf("%v", failures)
	}
}

func TestGeneratedNamesStayBetweenPreviews(t *testing.T) {
	u := newSandbox(t).login(home)
	group := u.create(logGroupKind, "insights", props{})
	if !regexp.MustCompile(`^insights-[0-9a-f]{7}$`).MatchString(group.ID) {
		t.Fatal(group.ID)
	}
	// A replacement is checked without old inputs and with another seed.
	r := subject(logGroupKind, "insights", props{})
	r.Seed = []byte("another seed another seed another seed")
	checked, _, err := u.session.Check(context.Background(), r)
	if err != nil || text(checked, "name") == group.ID {
		t.Fatalf("%v %v", checked, err)
	}
}

func TestReplacementOfAFixedNameDeletesFirst(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"name": "r", "path": "/a/", "assumeRolePolicy": trust("ec2.amazonaws.com")}
	role := u.create(roleKind, "r", in)
	if c := u.diff(role, with(in, props{"path": "/b/"})); len(c.Replace) != 1 || !c.DeleteFirst {
		t.Fatalf("%v", c)
	}
	generated := u.create(roleKind, "r", with(in, props{"name": nil}))
	if c := u.diff(generated, with(in, props{"name": nil, "path": "/b/"})); len(c.Replace) != 1 || c.DeleteFirst {
		t.Fatalf("%v", c)
	}
	if c := u.diff(role, with(in, props{"description": provider.Unknown})); len(c.Changed) != 1 || len(c.Replace) != 0 {
		t.Fatalf("%v", c)
	}
}

func TestDefaultTagsReachEveryResource(t *testing.T) {
	s := newSandbox(t)
	args := props{"region": region, "allowedAccountIds": []any{home}, "defaultTags": props{"tags": props{"owner": "me", "env": "dev"}}}
	vpc := s.loginWith(args).create(vpcKind, "v", props{"cidrBlock": "10.1.0.0/16", "tags": props{"Name": "v", "env": "test"}})
	if got := object(vpc.State, "tagsAll"); len(got) != 3 || got["env"] != "test" || got["owner"] != "me" {
		t.Fatalf("%v", got)
	}
	u := s.loginWith(args)
	u.refuses(vpcKind, "reserved", props{"cidrBlock": "10.1.0.0/16", "tags": props{"aws:x": "y"}}, "InvalidParameterValue", "reserved for internal use")
}

func TestPreviewKnowsOnlyWhatTheProgramSays(t *testing.T) {
	u := newSandbox(t).login(home)
	r, _ := u.check(vpcKind, "v", props{"cidrBlock": "10.1.0.0/16", "tags": props{"Name": "v"}})
	r.Preview = true
	id, state, err := u.session.Create(context.Background(), r)
	if err != nil || id != "" {
		t.Fatalf("%q %v", id, err)
	}
	for _, k := range []string{"arn", "mainRouteTableId", "enableDnsHostnames"} {
		if !provider.IsUnknown(state[k]) {
			t.Errorf("%s is known before the VPC exists: %v", k, state[k])
		}
	}
	if state["cidrBlock"] != "10.1.0.0/16" || text(state, "tagsAll", "Name") != "v" {
		t.Errorf("%v", state)
	}
	_ = u.w.Do(func(tx *world.Tx) error {
		if made := tx.Find("", "", nil); len(made) != 0 {
			t.Errorf("a preview made %d resources", len(made))
		}
		return nil
	})
}

func TestImportReadsWhatAProgramWouldSay(t *testing.T) {
	u := newSandbox(t).login(home)
	vpc := u.create(vpcKind, "v", props{"cidrBlock": "10.1.0.0/16", "tags": props{"Name": "v"}})
	table := u.create(routeTableKind, "t", props{"vpcId": vpc.ID})
	subnet := u.create(subnetKind, "s", props{"vpcId": vpc.ID, "cidrBlock": "10.1.0.0/24"})
	association := u.create(routeTableAssociationKind, "a", props{"routeTableId": table.ID, "subnetId": subnet.ID})
	for id, m := range map[string]*made{vpc.ID: vpc, subnet.ID + "/" + table.ID: association} {
		got, inputs, state, err := u.session.Read(context.Background(), provider.Resource{Token: m.Token, ID: id})
		if err != nil || state == nil || got != m.ID {
			t.Fatalf("%s: %s %v %v", id, got, state, err)
		}
		for _, k := range sortedKeys(withoutMarks(m.Inputs)) {
			if _, ok := inputs[k]; !ok && !isDefault(m.Inputs, k) {
				t.Errorf("%s lacks %s", id, k)
			}
		}
	}
}

func TestDriftShowsAfterARefresh(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": true, "tags": props{"Name": "v"}}
	vpc := u.create(vpcKind, "v", in)
	_ = u.w.Do(func(tx *world.Tx) error {
		res := tx.Get(home, vpcKind, vpc.ID)
		res.Props["enableDnsHostnames"], res.Props["tags"] = false, props{"Name": "other"}
		tx.Changed(res)
		return nil
	})
	_, inputs, state, err := u.session.Read(context.Background(), vpc.Resource)
	if err != nil {
		t.Fatal(err)
	}
	vpc.Inputs, vpc.State = inputs, state
	if c := u.diff(vpc, in); len(c.Changed) != 2 {
		t.Fatalf("%v", c)
	}
}
