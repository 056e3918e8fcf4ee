// Package mutation proves that verify and doctor can fail: its tests remove one ingredient at a time from the dev
// stack in the sandbox. Exactly the cases that need the ingredient must turn red, and the doctor must name it before
// anything else.
//
// The tables name these cases for every ingredient in a few words; see affected. They also list the ingredients that no case can
// see, with the reason and its source. The tests assert that these are invisible, so that the list stays true.
package mutation
