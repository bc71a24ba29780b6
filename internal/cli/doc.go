// Package cli is leasttrail's command line: the commands, their output and exit
// codes, and the one place (wire.go) where the packages are put together.
//
// The scripts in testdata/script run every command in-process and double as the
// manual; docs/json.md describes the JSON.
package cli
