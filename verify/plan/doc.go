// Package plan finds the calls that work now and that a planned change of policies would stop.
//
// It copies the present objects of the cluster and applies the changes that `pulumi preview --json` announces to the
// copy. Then it runs istiod in process over both sets of objects and decides every call for both. It does not change the
// mesh and makes no call.
package plan
