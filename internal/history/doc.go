// Package history searches CloudTrail's Event history through the LookupEvents
// API, and writes what it finds as the console's downloads are: JSON and CSV.
package history
