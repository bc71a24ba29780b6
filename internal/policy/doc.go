// Package policy derives a least-privilege IAM policy from the calls that were
// made: it asks package authz what each call needed, folds the needs into
// (action, resource, condition) with the evidence for each, makes a canonical
// policy of them, checks it against what it was made from, and explains it.
//
// # The policy
//
// Calls that passed authorization, whatever came of them, count; denied ones
// are left out and listed (IncludeDenied puts them in); failures that say
// nothing of permissions are listed. Resources are named as the Mode says. Of
// an action, a resource that a wider pattern takes in already is left out;
// actions with the same resources and condition share a statement. The result
// is the same whatever the order of the events, and memory is bounded by the
// number of distinct actions: an action keeps 1,000 resources of a type apart,
// more become a wildcard.
//
// # The report
//
// Report is the JSON of --report FILE.json; its field comments are the
// documentation of the keys.
package policy
