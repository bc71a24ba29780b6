package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/catalog"
)

const ddlHelp = `Prints the CREATE EXTERNAL TABLE statement for a trail: for Athena as it is, or for
leasttrail query -f.

Forms:
  projection    one account and region, partitioned by day (column "timestamp")
                with partition projection: nothing to keep up to date
  console       what the CloudTrail console's "Create Athena table" button writes:
                one account, no partitions
  organization  all accounts of an organization's trail, by account, region and
                day. Accounts and regions that are not named must be given in each
                query's WHERE`

const ddlExamples = `  leasttrail table ddl --location s3://my-bucket/AWSLogs/111122223333/CloudTrail/us-east-1/
  leasttrail table ddl --form console --location s3://my-bucket/AWSLogs/111122223333/CloudTrail/
  leasttrail table ddl --form organization --location s3://my-bucket/AWSLogs/o-exampleorgid/ --accounts 111122223333,444455556666 --regions us-east-1,eu-central-1
  leasttrail table ddl --location s3://b/AWSLogs/111122223333/CloudTrail/us-east-1/ | leasttrail query -f -`

func (a *app) tableCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "table",
		Short:   "Make tables for a trail",
		Example: "  leasttrail table ddl --location s3://my-bucket/AWSLogs/111122223333/CloudTrail/us-east-1/",
		Args:    cobra.NoArgs,
	}
	var form, location, name string
	var accounts, regions []string
	ddl := &cobra.Command{
		Use:     "ddl [flags]",
		Short:   "Print the DDL of a table over a trail",
		Long:    ddlHelp,
		Example: ddlExamples,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := checkPlace(catalog.Form(form), location); err != nil {
				return err
			}
			if err := checkNames(name, accounts, regions); err != nil {
				return err
			}
			text, err := catalog.TrailDDL(catalog.Form(form), name, location, accounts, regions)
			if err != nil {
				return err
			}
			_, err = io.WriteString(a.out, text)
			return err
		},
	}
	f := ddl.Flags()
	f.StringVar(&form, "form", string(catalog.FormProjection), "`form` of the table: projection, console or organization")
	f.StringVar(&location, "location", "", "where the trail's logs are: `s3://bucket/AWSLogs/…`")
	f.StringVar(&name, "name", "", "the table's `name`")
	f.StringSliceVar(&accounts, "accounts", nil, "the account `ids` of the organization form")
	f.StringSliceVar(&regions, "regions", nil, "the `regions` of the organization form")
	_ = ddl.RegisterFlagCompletionFunc("form", cobra.FixedCompletions([]string{"projection", "console", "organization"}, cobra.ShellCompDirectiveNoFileComp))
	c.AddCommand(ddl)
	return c
}
