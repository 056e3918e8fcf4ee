// Package values says which Helm releases make the mesh's control plane, in which order, and with which values.
//
// Istio's charts have no schema: a misspelt key renders without an error and does nothing. So tests also check every
// key that is written here on the objects that the real charts render.
//
// Two of Istio's traps shape the package. The istiod chart copies every value to a plain ConfigMap. So the licence is
// never a value, only a reference to a Secret. The ambient profile sets an image variant that no empty value can
// unset. So images without a variant get their full names.
package values
