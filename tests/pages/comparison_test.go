package pages

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// products are the columns of the comparison that speak of other products. The guide is none.
var products = []string{"ECS Service Connect", "VPC Lattice", "Consul on ECS"}

var (
	// cited is a source in a sentence, and source is where one is defined, with the day on which it was read.
	cited  = regexp.MustCompile(`\[\d+\]`)
	source = regexp.MustCompile(`(?m)^(\[\d+\]): (https://\S+) "(\d{4}-\d{2}-\d{2})"$`)
)

func TestEveryStatementAboutAnotherProductHasASource(t *testing.T) {
	page := content(t, filepath.Join(root, "docs", "comparison.md"))
	columns, rows := map[int]string{}, 0
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(line, "|")
		if len(columns) == 0 {
			for i, cell := range cells {
				for _, product := range products {
					if strings.TrimSpace(cell) == product {
						columns[i] = product
					}
				}
			}
			continue
		}
		rows++
		for i, product := range columns {
			if i >= len(cells) || !cited.MatchString(cells[i]) {
				t.Errorf("%q of %s has no source: %s", strings.TrimSpace(cells[1]), product, line)
			}
		}
	}
	if len(columns) != len(products) || rows == 0 {
		t.Errorf("the page compares %v in %d rows", columns, rows)
	}
}

func TestEverySourceOfTheComparisonHasAnAddressAndADayAndIsCited(t *testing.T) {
	page := content(t, filepath.Join(root, "docs", "comparison.md"))
	defined := map[string]bool{}
	for _, found := range source.FindAllStringSubmatch(page, -1) {
		if defined[found[1]] {
			t.Errorf("the source %s is defined twice", found[1])
		}
		defined[found[1]] = true
		if _, err := time.Parse(time.DateOnly, found[3]); err != nil {
			t.Errorf("the source %s was read on %v", found[1], err)
		}
	}
	text, _, _ := strings.Cut(page, "\n[1]: ")
	used := map[string]bool{}
	for _, name := range cited.FindAllString(text, -1) {
		used[name] = true
		if !defined[name] {
			t.Errorf("the source %s has no address with the day on which it was read", name)
		}
	}
	for name := range defined {
		if !used[name] {
			t.Errorf("no sentence cites the source %s", name)
		}
	}
}
