// Command leasttrail turns CloudTrail logs into least-privilege IAM policies.
package main

import (
	"os"
	_ "time/tzdata" // AT TIME ZONE works where the machine has no zones

	"github.com/leasttrail/leasttrail/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
