package config

import (
	"os"
	"path/filepath"
	"strings"

	"ambient-ecs/problem"
)

// fileReader reads a file that a field names, and reports whether it could.
type fileReader func(field, path string) ([]byte, bool)

// readFiles reads the files that services name. They lie below the folder of Pulumi.yaml: no path and no link leads out of it.
func (c Config) readFiles(p *problem.List, folder string) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		p.Add("", "", "the folder of the program cannot be read: %v", err)
		return
	}
	defer root.Close()
	read := func(field, path string) ([]byte, bool) {
		switch {
		case filepath.IsAbs(path) || strings.HasPrefix(path, "/"):
			p.Refuse(field, path, "the path is relative to the folder of Pulumi.yaml, so that it is the same on every machine")
			return nil, false
		case !filepath.IsLocal(path):
			p.Refuse(field, path, "the path must not lead out of the folder of Pulumi.yaml")
			return nil, false
		}
		text, err := root.ReadFile(path)
		if err != nil {
			p.Refuse(field, path, "the file cannot be read (it must lie below the folder of Pulumi.yaml, and links must not lead out of it): %v", err)
		}
		return text, err == nil
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			s := c.asService(key, name)
			s.readDefinition(p, c.Field(key, name)+".taskDefinition", read)
			s.Permissions.readPolicy(p, c.Field(key, name)+".permissions.policy", read)
			c.Clusters[key].setWorkload(name, s.Workload)
		}
	}
}
