package authz

// Prefix is the IAM prefix that an event source stands for; of several, as
// autoscaling.amazonaws.com has, the first in the table of sources.
func Prefix(eventSource string) string { return candidatesOf(sourceLabel(eventSource))[0].prefix }
