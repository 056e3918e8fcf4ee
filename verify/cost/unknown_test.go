package cost

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"ambient-ecs/verify/preview"
)

// inNorth is a stack in a region that the list does not have.
func inNorth(all ...*resource) *preview.Stack { return stackOf("eu-north-1", all...) }

func tableOf(t *testing.T, e *Estimate) string {
	t.Helper()
	var text bytes.Buffer
	if err := e.Table(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Some prices are the same in all regions. They count in a region that the list does not have, and the sum says what it lacks.
func TestInAnUnlistedRegionThePricesOfEverywhereCountAndTheSumIsIncomplete(t *testing.T) {
	e := estimateOf(t, inNorth(
		&resource{Type: typeCluster, Inputs: values{"version": "1.35"}}, &resource{Type: "aws:kms/key:Key"}, &resource{Type: "aws:ec2/eip:Eip"}, &resource{Type: "aws:ec2/natGateway:NatGateway"},
	))
	if want := 0.1 + 1.0/730 + 0.005; math.Abs(e.Hourly()-want) > 1e-9 {
		t.Errorf("%v an hour, want %v", e.Hourly(), want)
	}
	table := tableOf(t, e)
	for _, words := range []string{
		"unknown    unknown  NAT gateway: the list has no prices for the region eu-north-1", "77.65  together, incomplete (lines without a price: 1)",
		"All accounts: $0.1064 an hour, $77.65 a month of 730 hours, incomplete (lines without a price: 1)", "--prices FILE",
	} {
		if !strings.Contains(table, words) {
			t.Errorf("the table does not say %q:\n%s", words, table)
		}
	}
	if strings.Contains(table, "unverified") {
		t.Errorf("prices with a source are unverified:\n%s", table)
	}
}

func TestASumOfWhatHasNoPriceIsUnknownAndNotNothing(t *testing.T) {
	e := estimateOf(t, inNorth(&resource{Type: "aws:ec2/natGateway:NatGateway"}))
	if table := tableOf(t, e); !strings.Contains(table, "All accounts: unknown, incomplete") || !strings.Contains(table, "unknown    unknown  together, incomplete") || strings.Contains(table, "0.00") {
		t.Errorf("what has no price costs something:\n%s", table)
	}
	var text bytes.Buffer
	if err := e.JSON(&text); err != nil {
		t.Fatal(err)
	}
	read := map[string]any{}
	if err := json.Unmarshal(text.Bytes(), &read); err != nil || read["monthly"] != nil || read["hourly"] != nil || read["incomplete"] != true {
		t.Errorf("the JSON says something else (%v):\n%s", err, &text)
	}
}

func TestAStackWithoutAnyLineCostsNothing(t *testing.T) {
	if table := tableOf(t, estimateOf(t, inNorth())); !strings.Contains(table, "All accounts: $0.0000 an hour, $0.00 a month of 730 hours. ") {
		t.Errorf("an empty stack:\n%s", table)
	}
}

// A user gives the prices of a region that the built-in list does not have.
func TestAListOfOnesOwnPricesAnotherRegion(t *testing.T) {
	prices, err := ReadPrices([]byte(`{"date": "2026-12-24", "sources": {"bill": {"address": "https://example.com", "read": "2026-12-24"}},
		"regions": {"eu-north-1": {"nat": {"hourly": 0.046, "source": "bill"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	table := tableOf(t, Add(inNorth(&resource{Type: "aws:ec2/natGateway:NatGateway"}), prices, today))
	if !strings.HasPrefix(table, "Account 111122223333, eu-north-1\n") || !strings.Contains(table, "All accounts: $0.0460 an hour, $33.58 a month of 730 hours. List prices of 2026-12-24") {
		t.Errorf("the own list:\n%s", table)
	}
}
