package main

import (
	"strings"
	"testing"

	"ambient-ecs/verify/stack"
)

// The account's execution role reads no secret of a service that has a role of its own.
func TestEnrolWantsTheExecutionRoleOfTheService(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/"
	with := func(name string) string { return strings.Replace(web, "web-execution", name, 1) }
	without := strings.Replace(web, `"executionRoleArn": "arn:aws:iam::111122223333:role/web-execution",`, "", 1)
	own := map[string]stack.Service{"web": {ExecutionRoleARN: role + "web-execution"}}
	two := map[string]stack.Service{"api": {ExecutionRoleARN: role + "account"}, "orders": {ExecutionRoleARN: role + "orders-execution", Family: "orders"}}
	for _, c := range []struct {
		name     string
		services map[string]stack.Service
		in       string
		code     int
		want     string
	}{
		{"none, where the service has its own", own, without, exitRefused, "that of ecs-1/web is " + role + "web-execution"},
		{"none, where one of several has the family", two, strings.Replace(without, `"family": "web"`, `"family": "orders"`, 1), exitRefused, "logs with it; that of ecs-1/orders is " + role + "orders-execution"},
		{"none, where nobody knows which it is", two, without, exitRefused, "that of ecs-1/api is " + role + "account, that of ecs-1/orders is " + role + "orders-execution"},
		{"none, and the outputs of an older stack", map[string]stack.Service{"web": {}}, without, exitRefused, "the account's is " + role + "account, and these outputs are too old"},
		{"none, and no service of the identity", map[string]stack.Service{}, without, exitRefused, "the account's is " + role + "account"},
		{"the service's", own, web, 0, ""},
		{"that of one of several", two, with("account"), 0, ""},
		{"another", own, with("account"), 0, `executionRoleArn = "` + role + `account": that of ecs-1/web is ` + role + "web-execution"},
		{"the account's, where the service of the family has its own", two, strings.Replace(with("account"), `"family": "web"`, `"family": "orders"`, 1), 0, "that of ecs-1/orders is " + role + "orders-execution. Another role may not read the secrets"},
		{"any, and the outputs of an older stack", map[string]stack.Service{"web": {}}, web, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := declaring(c.services)
			s.ExecutionRoles = map[string]string{"home": role + "account"}
			r := filterOn(t, s, c.in, "enrol", "--identity", "ecs-1/ecs")
			if r.code != c.code || !strings.Contains(r.stderr, c.want) || c.want == "" && strings.Contains(r.stderr, "executionRoleArn") {
				t.Errorf("want %q in %+v", c.want, r)
			}
		})
	}
}
