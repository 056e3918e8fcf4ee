package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// A preview warns of the install's log groups that are not among those of config. One that config did not know would be warned of for ever,
// and one that config makes up would go without a word.
func TestTheConfigurationKnowsTheLogGroupsOfEachAccount(t *testing.T) {
	for _, stack := range Stacks {
		all := map[string]string{":flowLogs": `{"enabled":true}`, ":ecsExec": `{"logSessions":true}`, ":observability": `{"clusterLogs":true}`}
		if strings.HasPrefix(stack, "their-cluster") || strings.HasPrefix(stack, "all-theirs") {
			delete(all, ":ecsExec") // the sessions of an existing cluster are its owner's
		}
		for _, switches := range []map[string]string{nil, all} {
			values := Config(t, stack)
			for key, value := range switches {
				values[config.Project+key] = value
			}
			cfg, err := config.ReadStackFile(Root, stack).LoadIn(Root, values)
			if err != nil {
				t.Fatal(err)
			}
			r := succeed(t, Record(t, stack, func(o *recorder.Options) { o.Config = values }))
			var made, known []string
			for _, group := range r.OfType("aws:cloudwatch/logGroup:LogGroup") {
				_, account, _ := strings.Cut(group.Provider, "aws-")
				account, _, _ = strings.Cut(account, "::")
				made = append(made, fmt.Sprint(account, " ", group.Inputs["name"]))
			}
			for _, key := range cfg.AccountKeys() {
				for _, name := range cfg.LogGroups(key) {
					known = append(known, key+" "+name)
				}
			}
			slices.Sort(made)
			slices.Sort(known)
			if !slices.Equal(made, known) {
				t.Errorf("%s: the program makes\n%s\nand config knows\n%s", stack, strings.Join(made, "\n"), strings.Join(known, "\n"))
			}
		}
	}
}

// The preview names what an update deletes, and leaves alone what others have under names that begin like the install's.
func TestLogGroupsThatGoAreNamed(t *testing.T) {
	const mine, others, late = "/ecs/ambient-gone", "/ecs/ambient-two-shop", "/aws/ecs/containerinsights/ambient-gone/performance"
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		answering(answers{
			"aws:cloudwatch/getLogGroups:getLogGroups": hasLogGroups(mine, others, late, "/ecs/ambient-ecs-1"),
			"aws:cloudwatch/getLogGroup:getLogGroup": func(args map[string]any) (map[string]any, error) {
				switch args["name"] {
				case mine:
					return map[string]any{"name": mine, "tags": map[string]any{config.InstallTag: "ambient"}}, nil
				case others:
					return fails("api error AccessDeniedException: not authorized to perform: logs:ListTagsForResource")(args)
				}
				return map[string]any{"name": args["name"], "tags": map[string]any{}}, nil // AWS made it again for late events
			},
		})(o)
	}))
	var said []string
	for _, warning := range r.Warnings {
		if strings.Contains(warning, "log group") {
			said = append(said, warning)
		}
	}
	if len(said) != 2 { // one of each account
		t.Fatalf("the warnings are %q", said)
	}
	for _, warning := range said {
		if !strings.Contains(warning, ": "+mine+". ") || strings.Contains(warning, others) || strings.Contains(warning, late) {
			t.Error(warning)
		}
	}
}

// hasLogGroups answers which of the names begin with the prefix that is asked for.
func hasLogGroups(all ...string) func(map[string]any) (map[string]any, error) {
	return func(args map[string]any) (map[string]any, error) {
		names := []any{}
		for _, name := range all {
			if strings.HasPrefix(name, fmt.Sprint(args["logGroupNamePrefix"])) {
				names = append(names, name)
			}
		}
		return map[string]any{"logGroupNames": names, "arns": []any{}}, nil
	}
}

// A key that the program made and the stack file no longer asks for is found by its alias. With `own` nobody looks.
func TestAKeyOfLogGroupsThatGoesIsFoundByItsAlias(t *testing.T) {
	const arn = "arn:aws:kms:eu-central-1:444455556666:key/1"
	own := Config(t, "dev")
	own[config.Project+":accounts"] = strings.Replace(own[config.Project+":accounts"], `{"external":{`, `{"external":{"keys":{"logs":"own"},`, 1)
	for name, c := range map[string]struct {
		values map[string]string
		warned []string
	}{
		"AWS's own key":   {nil, []string{"external", "local"}},
		"one of them own": {own, []string{"local"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
				if c.values != nil {
					o.Config = c.values
				}
				answering(answers{"aws:kms/getAlias:getAlias": func(args map[string]any) (map[string]any, error) {
					if args["name"] != "alias/ambient-logs" {
						t.Errorf("asked for %v", args["name"])
					}
					return map[string]any{"name": args["name"], "targetKeyArn": arn}, nil
				}})(o)
			}))
			var warned []string
			for _, warning := range r.Warnings {
				if account, found := strings.CutPrefix(warning, "Account "); found && strings.Contains(warning, "the deletion of "+arn) {
					warned = append(warned, strings.SplitN(account, ":", 2)[0])
				}
			}
			slices.Sort(warned)
			if !slices.Equal(warned, c.warned) {
				t.Errorf("the warnings name %v and not %v: %q", warned, c.warned, r.Warnings)
			}
		})
	}
}
