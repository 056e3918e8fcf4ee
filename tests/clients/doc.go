// Package clients tries what docs/clients.md says: which clients of which runtime reach ztunnel's SOCKS proxy with the
// variables of a preset, and which go past it. The runtimes are real, the proxy is this package's own.
//
// Go's clients are tried by every `go test`. `make clients` tries all: with the build tag clients a runtime that is
// missing is a failure. tests/clients/install installs them on Debian.
package clients
