package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/history"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

// version is set by the Makefile; go install leaves it to the build information.
var version string

// app is one run of leasttrail: its streams and the flags that every command has.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time

	home   string
	quiet  bool
	maps   []string
	strict bool
	speed  speedFlags
	life   context.Context // ends when the user interrupts
	remote remoteFlags

	// What asks AWS, once something may.
	s3      *s3.Client
	history *history.Client
	places  *history.Places
}

// grace is how long an interrupted command may take to tidy up.
const grace = 300 * time.Millisecond

// Main runs leasttrail with the arguments after the program's name, and returns
// the exit code.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: in, out: out, err: errOut, now: time.Now}
	done := make(chan error, 1)
	go func() { done <- a.run(ctx, args) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(grace):
			err = context.Canceled
		}
	}
	if ctx.Err() != nil && err != nil {
		err = context.Canceled
	}
	complain(errOut, err)
	return exitCode(err)
}

// run runs one command line. A mistake in it is an errUsage.
func (a *app) run(ctx context.Context, args []string) error {
	a.life = ctx
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	began := false
	root.PersistentPreRun = func(*cobra.Command, []string) { began = true }
	err := root.ExecuteContext(ctx)
	if err != nil && !began && !errors.Is(err, errUsage) {
		// cobra's own words about flags, arguments and unknown commands
		err = usagef("leasttrail --help shows the commands, leasttrail COMMAND --help the flags", "%v", err)
	}
	return err
}

func (a *app) dirs() (dirs, error) { return findDirs(a.home, os.LookupEnv) }

// note prints a line on stderr, unless --quiet.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

const rootHelp = `leasttrail turns CloudTrail logs into a least-privilege IAM policy: it reads the
logs where they lie, answers Athena SQL over them, lists what an identity really
called, and writes the policy that allows just that.

Logs are given with --logs: a folder in CloudTrail's S3 layout or any other, a
file, a glob, s3://bucket/prefix/, or - for standard input; gzip, zstd or plain; delivered log files,
Event history downloads (JSON or CSV), lookup-events output, EventBridge and
CloudWatch Logs forms.

Exit codes:
  0  done (also a query without rows)
  1  failed
  2  wrong usage
  3  no event matched
  4  answered, but the input was incomplete: something could not be read, or is missing
  5  a check that was asked for does not hold
  130  interrupted`

const rootExamples = `  leasttrail principals --logs ./AWSLogs/
  leasttrail calls --user alice --logs ./AWSLogs/
  leasttrail policy --user alice --logs ./AWSLogs/ > alice.json
  leasttrail policy --role ci --logs s3://my-trail/ --from 90d > ci.json
  leasttrail query --logs ./AWSLogs/ "SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1"`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "leasttrail",
		Short:             "From CloudTrail logs to a least-privilege IAM policy",
		Long:              rootHelp,
		Example:           rootExamples,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDescriptions: false},
	}
	root.AddCommand(a.historyCommand(), a.sourcesCommand(), a.verifyCommand(), a.syncCommand())
	f := root.PersistentFlags()
	f.StringVar(&a.home, "home", "", "keep settings, catalog, state and cache in this `folder` instead of the XDG ones")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "nothing on stderr but errors")
	f.StringArrayVar(&a.maps, "map", nil, "serve an S3 prefix from a folder: `s3://bucket/prefix/=./folder` (repeatable)")
	f.BoolVar(&a.strict, "strict", false, "stop at the first malformed file or record, as Athena does")
	a.speed.add(f)
	a.remote.add(f)
	root.AddCommand(a.storeCommand())
	root.AddCommand(
		a.policyCommand(), a.explainCommand(), a.callsCommand(), a.principalsCommand(), a.queryCommand(),
		a.forecastCommand(), a.shadowCommand(), a.applyCommand(), a.rollbackCommand(), a.auditCommand(), a.checkCommand(), a.actionsCommand(), a.dataCommand(), a.tableCommand(), a.mapCommand(), a.sampleCommand(), a.versionCommand())
	for _, c := range root.Commands() {
		if c.HasSubCommands() && !c.Runnable() {
			// Otherwise a command below it that there is not is no error to cobra.
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	return root
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  leasttrail version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintln(a.out, "leasttrail", versionText())
			return nil
		},
	}
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// one takes just one argument; text tells what it is where it is missing.
func one(hint, text string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return usagef(hint, "%s; there are %s", text, count(int64(len(args)), "argument"))
	}
}
