package config

import "ambient-ecs/problem"

// Project is the Pulumi project whose configuration keys this package owns.
const Project = "ambient-ecs"

// CheckProject refuses another name of the project: Pulumi keeps the configuration of each project under its name, the defaults in
// Pulumi.yaml among it.
func CheckProject(name string) error {
	var p problem.List
	if name != Project {
		p.Refuse("name", name, "the program, the stack files and the commands read the configuration of the project %s. Write name: %s into Pulumi.yaml (pulumi new --name %s), "+
			"and tell installs apart by their stacks and by installName", Project, Project, Project)
	}
	return p.Err()
}
