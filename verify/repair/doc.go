// Package repair mends the state of a stack whose engine was killed while it made something.
//
// The engine writes down what it is about to make, as a pending operation, and writes down the result afterwards. A kill in
// between leaves a resource that exists and that the state does not know. Every later `pulumi up` makes it a second time or fails,
// because AWS refuses a second one.
//
// The package reads the pending creates from the exported state. The table says for each type what makes a resource unique. For
// most types an import id follows from the inputs, and the engine's own provider looks it up. For the rest a Finder lists what AWS
// has. What is found goes into the state with the inputs, dependencies and provider of the pending operation, so that the state is
// what it would have been without the kill. Nothing in AWS is changed.
//
// Pending updates and deletes need no repair: the engine drops them, and the next `pulumi up` does them again.
package repair
