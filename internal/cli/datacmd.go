package cli

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/servref"
)

const dataHelp = `Says which data about AWS the answers come from: what is built in and, where it was
fetched, AWS's service reference.`

const dataUpdateHelp = `Fetches AWS's service reference, public JSON that tells for the operations of many
services which actions IAM authorizes, and keeps it in the cache folder. It is never
needed: the built-in data answers alone. Where it is kept, "actions" and "policy" use it for
events that the built-in data knows nothing of, and "actions" tells where the two differ.

It does not contain what services call on a principal's behalf, and not every
service. To be without it again, delete the file.`

// reference is where the fetched service reference is kept.
func (d dirs) reference() string { return filepath.Join(d.cache, "service-reference.json") }

// reference is the fetched service reference; nil if there is none.
func (a *app) reference() (*authz.Reference, error) {
	d, err := a.dirs()
	if err != nil {
		return nil, nil //nolint:nilerr // without a place for it there is none
	}
	return servref.Load(d.reference())
}

func (a *app) dataCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "data",
		Short:   "Which data about AWS the answers come from",
		Long:    dataHelp,
		Example: "  leasttrail data\n  leasttrail data update",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.showData() },
	}
	var from string
	update := &cobra.Command{
		Use:     "update [flags]",
		Short:   "Fetch AWS's service reference (optional)",
		Long:    dataUpdateHelp,
		Example: "  leasttrail data update",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.updateData(c.Context(), from) },
	}
	update.Flags().StringVar(&from, "from", servref.Address, "the `address` of the list of services")
	c.AddCommand(update)
	return c
}

func (a *app) showData() error {
	for _, source := range authz.DataSources() {
		if _, err := fmt.Fprintf(a.out, "built in: %s\n", source); err != nil {
			return err
		}
	}
	ref, err := a.reference()
	if err != nil {
		return err
	}
	text := "none (leasttrail data update fetches it; it is not needed)"
	if ref != nil {
		text = describeReference(ref)
	}
	_, err = fmt.Fprintf(a.out, "AWS service reference: %s\n", text)
	return err
}

func describeReference(ref *authz.Reference) string {
	operations := 0
	for _, ops := range ref.Operations {
		operations += len(ops)
	}
	return fmt.Sprintf("%d services, actions for %d operations of %d of them, fetched %s from %s",
		ref.Services, operations, len(ref.Operations), ref.Fetched.Format(time.RFC3339), ref.From)
}

func (a *app) updateData(ctx context.Context, from string) error {
	d, err := a.dirs()
	if err != nil {
		return err
	}
	ref, failures, err := servref.Fetch(ctx, http.DefaultClient, from, a.now())
	if err != nil {
		return &hintedError{err, "the built-in data answers without it; nothing was changed"}
	}
	if err := servref.Save(d.reference(), ref); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.out, "AWS service reference: %s\n", printable(describeReference(ref))); err != nil {
		return err
	}
	for _, f := range failures {
		fmt.Fprintln(a.err, printable(fmt.Sprintf("could not be read: %s: %v", f.Service, f.Err)))
	}
	if len(failures) > 0 {
		return saidError{errIncomplete}
	}
	return nil
}
