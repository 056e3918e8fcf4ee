package stack

// Scaling is what Application Auto Scaling is told of a service.
type Scaling struct {
	// Min and Max bound the number of tasks. Nil: the scheduled actions say.
	Min, Max *int
	// Targets are the values that the scaling policies keep, and Schedules the times of the scheduled actions, by name.
	Targets   map[string]float64
	Schedules map[string]string
}

// CapacityProvider is one entry of a service's strategy.
type CapacityProvider struct {
	Provider     string `json:"capacityProvider"`
	Base, Weight int
}
