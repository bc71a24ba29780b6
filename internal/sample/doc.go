// Package sample writes a realistic CloudTrail trail: seeded, in the key layout
// that CloudTrail gives its S3 bucket, for trying leasttrail and for measuring it.
//
// A trail is the work of a small invented company: people with a story each
// (alice deploys), roles of machines and pipelines, AWS services, a root user.
// They act in runs of calls that belong together (a deployment pushes an image,
// changes a function, reads its log), in several accounts and regions, with the
// denials, errors, repeated deliveries and cross-account copies that a real
// trail has. The same options and seed give the same bytes.
//
// Everything is invented: account numbers, keys and addresses are those reserved
// for documentation.
package sample
