package config

import (
	"maps"
)

// ZtunnelSettings configures the ztunnel container. docs/task-definitions.md says what is proven.
type ZtunnelSettings struct {
	// CPU is the share of ztunnel of the task's CPU, in units of 1/1024 vCPU. Empty: what the other containers leave.
	CPU int `config:"cpu"`
	// Memory is the limit of ztunnel in the task's memory, in MiB. Empty: what the other containers leave.
	Memory int `config:"memory"`
	// User is the user that ztunnel runs as, unproven on Solo's image. Empty: the image's.
	User string `config:"user"`
	// ReadonlyRootFilesystem keeps ztunnel from writing to its root, unproven on Solo's image.
	ReadonlyRootFilesystem bool `config:"readonlyRootFilesystem"`
	// Environment is added to ztunnel's.
	Environment map[string]string `config:"environment"`
}

// GivenZtunnel are the settings of ztunnel in every task whose service has none of its own.
func (c Config) GivenZtunnel() ZtunnelSettings { return c.trusting(c.Ztunnel) }

// trusting adds the variable that a custom trust domain requires, unless it is set already.
func (c Config) trusting(z ZtunnelSettings) ZtunnelSettings {
	if c.TrustDomain == DefaultTrustDomain {
		return z
	}
	environment := map[string]string{skipTrustDomain: "true"}
	maps.Copy(environment, z.Environment)
	z.Environment = environment
	return z
}
