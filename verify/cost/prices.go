package cost

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ambient-ecs/quota"
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
	// One of Hourly, Monthly and Each is given, in US dollars. The others are 0. Each is the price of one unit of what depends on use.
	Hourly  float64 `json:"hourly,omitempty"`
	Monthly float64 `json:"monthly,omitempty"`
	Each    float64 `json:"each,omitempty"`
	// Source is the name of the source. Empty: no source was found, and the price is unverified.
	Source string `json:"source,omitempty"`
}

// PerHour is the price of an hour.
func (p Price) PerHour() float64 { return p.Hourly + p.Monthly/Hours }

// Listed returns the prices that are built in.
func Listed() (*Prices, error) { return ReadPrices(listed) }

// ReadPrices reads a list of prices. It refuses a field that it does not know, and names every price that is none.
func ReadPrices(data []byte) (*Prices, error) {
	var p Prices
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("read the list of prices: %w", err)
	}
	if err := errors.Join(p.problems()...); err != nil {
		return nil, fmt.Errorf("the list of prices: %w", err)
	}
	return &p, nil
}

// problems are everything that is wrong with the list.
func (p *Prices) problems() (all []error) {
	refuse := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	day := func(what, date string) {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			refuse("%s %q is no day, such as 2026-11-30", what, date)
		}
	}
	day("date", p.Date)
	for _, name := range slices.Sorted(maps.Keys(p.Sources)) {
		day("sources."+name+".read", p.Sources[name].Read)
		if !strings.HasPrefix(p.Sources[name].Address, "https://") {
			refuse("sources.%s.address %q does not begin with https://", name, p.Sources[name].Address)
		}
	}
	check := func(where string, prices map[string]Price) {
		for _, name := range slices.Sorted(maps.Keys(prices)) {
			price, given := prices[name], 0
			for _, dollars := range []float64{price.Hourly, price.Monthly, price.Each} {
				if dollars < 0 {
					refuse("%s.%s: %v is less than nothing", where, name, dollars)
				}
				if dollars != 0 {
					given++
				}
			}
			if given != 1 {
				refuse("%s.%s: want one of hourly, monthly and each", where, name)
			}
			if _, known := p.Sources[price.Source]; price.Source != "" && !known {
				refuse("%s.%s: there is no source %q", where, name, price.Source)
			}
		}
	}
	check("everywhere", p.Everywhere)
	for _, region := range slices.Sorted(maps.Keys(p.Regions)) {
		check("regions."+region, p.Regions[region])
	}
	return all
}

// find returns a price of a region. The prices of everywhere also count where the list has no other price of the region.
func (p *Prices) find(region, name string) (Price, bool) {
	if price, has := p.Regions[region][name]; has {
		return price, true
	}
	if region == "" || quota.Partition(region) != "aws" {
		return Price{}, false
	}
	price, has := p.Everywhere[name]
	return price, has
}
