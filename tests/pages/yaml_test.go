package pages

import (
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"
)

// People copy what a page shows into their stack file.
func TestEveryBlockOfYAMLIsYAML(t *testing.T) {
	for _, pattern := range all {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, block := range Blocks(t, file) {
				if block.Language != "yaml" {
					continue
				}
				if err := yaml.Unmarshal([]byte(block.Text), new(yaml.Node)); err != nil {
					t.Errorf("%s: %v in\n%s", file, err, block.Text)
				}
			}
		}
	}
}
