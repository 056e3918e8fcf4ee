// Package mutation proves that verify and doctor can fail: its tests take one ingredient at a time from the dev stack
// in the sandbox. Each must turn exactly the cases red that need it, and be named by the doctor before anything else.
//
// The tables say for every ingredient which cases those are, in a few words; see affected. What no case can see is listed as well,
// with the reason and where it is written, and asserted to be invisible, so that the list stays true.
package mutation
