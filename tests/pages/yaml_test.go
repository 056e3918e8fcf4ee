package pages

import (
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"
)

// People copy what a page shows into their stack file.
func TestEveryBlockOfYAMLIsYAML(t *testing.T) {
	for _, page := range files(t, root) {
		for _, block := range Blocks(t, filepath.Join(root, page)) {
			if block.Language != "yaml" {
				continue
			}
			if err := yaml.Unmarshal([]byte(block.Text), new(yaml.Node)); err != nil {
				t.Errorf("%s: %v in\n%s", page, err, block.Text)
			}
		}
	}
}
