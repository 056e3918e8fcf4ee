package cost

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// Hours is how many hours a month has, as in AWS's own calculator.
const Hours = 730

//go:embed prices.json
var listed []byte

// Prices is the list of prices in US dollars, without tax and discounts.
type Prices struct {
	// Date is the day on which the list was last checked, as YYYY-MM-DD.
	Date string `json:"date"`
	// Sources are where prices were read, by the name that a price refers to.
	Sources map[string]Source `json:"sources"`
	// Everywhere are prices that are the same in all regions of AWS's standard partition.
	Everywhere map[string]Price `json:"everywhere"`
	// Regions are the other prices, by region and name.
	Regions map[string]map[string]Price `json:"regions"`
}

// Source is where a price was read.
type Source struct {
	Address string `json:"address"`
	// Read is the day on which it was read, as YYYY-MM-DD.
	Read string `json:"read"`
}

// Price is the price of one unit.
type Price struct {
	// Hourly or Monthly is given, in US dollars. The other one is 0.
	Hourly  float64 `json:"hourly,omitempty"`
	Monthly float64 `json:"monthly,omitempty"`
	// Source is the name of the source. Empty: no source was found, and the price is unverified.
	Source string `json:"source,omitempty"`
}

// PerHour is the price of an hour.
func (p Price) PerHour() float64 { return p.Hourly + p.Monthly/Hours }

// Listed returns the prices that are built in.
func Listed() (*Prices, error) {
	var p Prices
	if err := json.Unmarshal(listed, &p); err != nil {
		return nil, fmt.Errorf("read the list of prices: %w", err)
	}
	return &p, nil
}

// find returns a price of a region.
func (p *Prices) find(region, name string) (Price, bool) {
	prices, known := p.Regions[region]
	if !known {
		return Price{}, false
	}
	if price, has := prices[name]; has {
		return price, true
	}
	price, has := p.Everywhere[name]
	return price, has
}
