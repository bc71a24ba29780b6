package history

import (
	_ "embed"
	"strings"
)

// The file has AWS's regions, one a line; lines that begin with # say where
// they are from.
//
//go:embed regions.txt
var regionList string

// Regions are all regions of the partition that a region belongs to.
func Regions(of string) []string {
	partition := partitionOf(of)
	var list []string
	for line := range strings.Lines(regionList) {
		name := strings.TrimSpace(line)
		if name != "" && name[0] != '#' && partitionOf(name) == partition {
			list = append(list, name)
		}
	}
	return list
}

// Global is the region in which the events of IAM and other global services
// are recorded, for the partition of a region. Source: CloudTrail user guide,
// "Global service events".
func Global(of string) string {
	switch partitionOf(of) {
	case "cn-":
		return "cn-north-1"
	case "us-gov-":
		return "us-gov-west-1"
	case "":
		return "us-east-1"
	}
	return of
}

func partitionOf(region string) string {
	for _, prefix := range []string{"cn-", "us-gov-", "eusc-"} {
		if strings.HasPrefix(region, prefix) {
			return prefix
		}
	}
	return ""
}
