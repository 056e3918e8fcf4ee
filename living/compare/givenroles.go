package compare

import (
	"slices"

	"ambient-ecs/config"
)

// GivenRoleSubject is the key in World.Unseen of a role with a name of the stack file, or to import, that the caller may not look up.
func GivenRoleSubject(account, name string) string {
	return "the role " + name + " of account " + account
}

// givenRoles checks the roles to which the stack file gives a name, and those that become the stack's. IAM refuses a second role of a name
// in the middle of an up. A role with another path would be deleted and made anew.
func (c *comparison) givenRoles() {
	for _, account := range sorted(c.world.GivenRoles) {
		for _, given := range c.cfg.GivenRoles(account) {
			if role, looked := c.world.GivenRoles[account][given.Name]; looked {
				c.givenRole(account, given, role)
			}
		}
	}
}

func (c *comparison) givenRole(account string, given config.GivenRole, role Role) {
	field, lives := "imports."+given.URN, role.ARN != ""
	switch tag := role.Tags[config.InstallTag]; {
	case !lives && given.Imported:
		c.problems.Refuse(field, given.Name, "account %s has no role of this name", account)
	case !lives:
	case !given.Imported && tag != c.cfg.Install:
		c.problems.Refuse(given.Field, given.Name, "account %s has a role of this name, which this stack did not make, and IAM refuses a second one. To make it the stack's, set its tag %s to %s and add the import %s: %s; "+
			"to use it as it is, name a role of the program otherwise, and that one in taskRoleArn (docs/adoption.md)", account, config.InstallTag, c.cfg.Install, given.URN, given.Name)
	case tag != c.cfg.Install:
		c.problems.Refuse(field, given.Name, "its tag %s is %q and not %q. Its owner sets the tag, and says by it that the role is this stack's from now on", config.InstallTag, tag, c.cfg.Install)
	case role.Path != c.cfg.IAMPathOrDefault() && given.Imported:
		c.problems.Refuse(field, given.Name, "its path is %s and that of the stack's roles is %s (iamPath): IAM moves no role, so it would be deleted and made anew, while tasks use it. "+
			"A role with another path stays its owner's, in taskRoleArn (docs/adoption.md)", role.Path, c.cfg.IAMPathOrDefault())
	case role.Path != c.cfg.IAMPathOrDefault():
		c.path(account, given.Name, role)
	}
}

// importsRole reports whether a role of an account becomes the stack's.
func (c *comparison) importsRole(account, name string) bool {
	return len(c.cfg.Imports) > 0 && slices.ContainsFunc(c.cfg.GivenRoles(account), func(given config.GivenRole) bool { return given.Imported && given.Name == name })
}
