package compare

import "ambient-ecs/config"

// Lives says what of the stack lives already. What the caller may not look up counts as if it lived.
func (w World) Lives(cfg config.Config) config.Lives {
	c := comparison{cfg: cfg, world: w}
	lives := config.Lives{Mesh: c.lives() || w.Unseen[ClusterSubject] != "", Accounts: map[string]bool{}, Members: map[string]bool{}, TaskRoles: map[string]bool{}}
	for _, key := range cfg.AccountKeys() {
		lives.Accounts[key] = c.installed(key)
	}
	for key, runs := range w.Enrolled {
		lives.Members[key], lives.TaskRoles[runs.TaskRole] = true, true
	}
	return lives
}

// lives reports whether the stack has been brought up: then load balancers and pods have their addresses already.
func (c *comparison) lives() bool {
	if !c.cfg.HasExistingEKS() {
		return c.world.Cluster != nil
	}
	role, there := c.world.Accounts[c.cfg.Home].Roles[c.cfg.IstiodRoleName()]
	return there && c.ours(role.Tags)
}

// installed reports whether the install lives in an account.
func (c *comparison) installed(account string) bool {
	for _, role := range c.world.Accounts[account].Roles {
		if c.ours(role.Tags) {
			return true
		}
	}
	return c.world.Unseen[RolesSubject] != ""
}
