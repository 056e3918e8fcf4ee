package aws

import (
	"os"
	"regexp"

	"ambient-ecs/sandbox/world"
)

// arn is the template of an ARN in an account and a region, in the notation of AWS's Service Authorization Reference
// (https://docs.aws.amazon.com/service-authorization/latest/reference/, 2026-11-29).
func arn(service, resource string) string {
	return "arn:${Partition}:" + service + ":${Region}:${Account}:" + resource
}

// iamARN is the template of an ARN in an account.
func iamARN(resource string) string { return "arn:${Partition}:iam::${Account}:" + resource }

// expand fills in a template: ${Partition}, ${Region} and ${Account} of the session, ${Now} as AWS writes a time,
// ${UUID} for a new one, ${id} and the properties of res.
func (c *call) expand(template string, res *world.Resource) string {
	return os.Expand(template, func(name string) string {
		switch name {
		case "Partition":
			return c.partition
		case "Region":
			return c.region
		case "Account":
			return c.account
		case "Now":
			return stamp(c.Now)
		case "UUID":
			return newUUID(c.Tx, c.kind.token)
		}
		return property(res, name)
	})
}

func property(res *world.Resource, name string) string {
	if name == "id" {
		return res.ID
	}
	return res.String(name)
}

// refuses is a refusal of the table.
func (c *call) refuses(r refusal, res *world.Resource) error {
	return c.refuse(r.code, "%s", c.expand(r.message, res))
}

// idOf is the id that the program knows.
func idOf(t *resourceType, res *world.Resource) string {
	if t.known == "" {
		return res.ID
	}
	return os.Expand(t.known, func(name string) string { return property(res, name) })
}

var placeholder = regexp.MustCompile(`\\\$\\\{(\w+)\\\}`)

// parseID reads the properties back out of an id that the program knows.
func parseID(known, id string) map[string]any {
	pattern := regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(known), "(?P<$1>.*?)") + "$")
	found := pattern.FindStringSubmatch(id)
	if found == nil {
		return nil
	}
	properties := map[string]any{}
	for i, name := range pattern.SubexpNames()[1:] {
		properties[name] = found[i+1]
	}
	return properties
}

// find returns a resource by the id that the program knows and the state that it has, or nil.
func (c *call) find(t *resourceType, id string, state map[string]any) *world.Resource {
	switch {
	case t.find != nil:
		return t.find(c, id, state)
	case t.known == "":
		return c.get(t.token, id)
	}
	return c.get(t.token, c.expand(t.key, &world.Resource{Props: parseID(t.known, id)}))
}

// Has matches resources with these values of properties: property, value, property, value …
func Has(pairs ...string) func(*world.Resource) bool {
	return func(r *world.Resource) bool {
		for i := 0; i < len(pairs); i += 2 {
			if r.String(pairs[i]) != pairs[i+1] {
				return false
			}
		}
		return true
	}
}

// first returns the first of the resources, or nil.
func first(found []*world.Resource) *world.Resource {
	if len(found) == 0 {
		return nil
	}
	return found[0]
}
