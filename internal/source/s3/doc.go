// Package s3 reads log files out of S3, or a server that speaks its protocol:
// it lists only the folders of the accounts, regions and days that are wanted,
// fetches objects whole and checks that they are, and keeps what it fetched.
package s3
