// Package mutation proves that verify and doctor can fail: its tests take one ingredient at a time from the dev stack
// in the sandbox, and each must turn cases red and be named.
package mutation
