package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/query"
)

// queryFlags are the flags of leasttrail query.
type queryFlags struct {
	logs   []string
	file   string
	output string
	params []string

	dialect string
	timeout time.Duration // of each statement; 0 is none

	list      bool     // print the library of questions
	run, show string   // a question's name
	set       []string // NAME=VALUE of its parameters
	table     string   // the table that it asks
}

const queryHelp = `Runs Athena SQL: the DDL (CREATE EXTERNAL TABLE, ALTER TABLE ADD PARTITION, SHOW,
DESCRIBE …) into the catalog, and SELECT over its tables or over --logs, which
are the table cloudtrail_logs for this command.

The statement is given as the argument or with -f; a file with several, separated
by semicolons, runs them one after another and stops at the first that fails.

A library of ready questions comes along: --list names them, --run NAME asks one,
--show NAME prints its SQL, which Athena takes as it is.

JSON (-o json) is an array of objects, one a row, with the columns in order:
numbers and booleans as JSON has them, bigints past 2^53, NaN and infinities as
strings, NULL as null, all else as Athena's text; a repeated column name gets _2.
CSV is Athena's: every field quoted, NULL as nothing, the empty string as "".

--dialect lake takes queries of CloudTrail Lake as they are: requestParameters and
its like are maps (element_at(requestParameters, 'bucketName')), eventTime is a
timestamp, and any event data store (an ID, $EDS_ID, <EDS ID>) means the logs.

CREATE TABLE … AS, INSERT INTO and UNLOAD write Parquet, JSON lines or text: to the
location that the statement names, which --map may serve from a folder, or into
leasttrail's state folder. They never write where CloudTrail's logs lie.`

const queryExamples = `  leasttrail query --logs ./AWSLogs/ "SELECT eventsource, count(*) AS n FROM cloudtrail_logs GROUP BY 1 ORDER BY 2 DESC"
  leasttrail query -f create_table.sql --map s3://my-bucket/=./my-bucket
  leasttrail query "SHOW TABLES"
  leasttrail query --logs trail.json.gz -o csv -f - < report.sql > report.csv
  leasttrail query --list
  leasttrail query --run console-logins-without-mfa --logs ./AWSLogs/
  leasttrail query --run new-regions --set since=2026-05-01 --table audit.cloudtrail_logs
  leasttrail query --logs ./AWSLogs/ --param alice "SELECT count(*) FROM cloudtrail_logs WHERE useridentity.username = ?"`

func (a *app) queryCommand() *cobra.Command {
	var f queryFlags
	c := &cobra.Command{
		Use:     "query [flags] [SQL]",
		Short:   "Run Athena SQL over logs and tables",
		Long:    queryHelp,
		Example: queryExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.query(c.Context(), &f, args)
		},
	}
	c.Flags().BoolVar(&f.list, "list", false, "list the ready questions")
	c.Flags().StringVar(&f.run, "run", "", "ask the ready question of this `name`")
	c.Flags().StringVar(&f.show, "show", "", "print the SQL of the ready question of this `name`")
	c.Flags().StringArrayVar(&f.set, "set", nil, "a parameter of the ready question: `name=value` (repeatable)")
	c.Flags().StringVar(&f.table, "table", "", "ask the ready question of this `[db.]table` of the catalog")
	c.Flags().StringArrayVar(&f.logs, "logs", nil, "make the table cloudtrail_logs over this `place`: a folder, file, glob, s3://bucket/prefix/ or - (repeatable)")
	c.Flags().StringVarP(&f.file, "file", "f", "", "read the statements from a `file`; - is standard input")
	c.Flags().StringArrayVar(&f.params, "param", nil, "a `value` for a ? of the statement, in order (repeatable)")
	c.Flags().StringVar(&f.dialect, "dialect", dialectAthena, "`dialect` of the SQL: athena, trino (decimal literals) or lake (CloudTrail Lake)")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "stop a statement that takes longer, e.g. 30s or 10m (default no limit)")
	_ = c.RegisterFlagCompletionFunc("dialect", cobra.FixedCompletions(dialects, cobra.ShellCompDirectiveNoFileComp))
	outputFlag(c, &f.output)
	return c
}

// outputFlag adds -o.
func outputFlag(c *cobra.Command, form *string) {
	c.Flags().StringVarP(form, "output", "o", formTable, "`form` of the output: table, json, csv or ndjson")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
}

func (a *app) query(ctx context.Context, f *queryFlags, args []string) error {
	if err := checkForm(f.output); err != nil {
		return err
	}
	if err := f.checkQuestion(args); err != nil {
		return err
	}
	switch {
	case f.list:
		return a.listQuestions(f.output)
	case f.show != "":
		return a.showQuestion(f)
	}
	statements, err := a.statements(f, args)
	if err != nil {
		return err
	}
	b, err := a.openDialect(ctx, f.logs, f.dialect, len(statements))
	if err != nil {
		return err
	}
	return b.close(a.runStatements(ctx, b, f, statements))
}

// statements reads what to run: from the argument, a file or standard input.
func (a *app) statements(f *queryFlags, args []string) ([]statement, error) {
	var text string
	switch {
	case f.run != "":
		s, err := f.questionStatement()
		return []statement{s}, err
	case f.file != "" && len(args) > 0:
		return nil, usagef("", "give the statement as the argument or with -f, not both")
	case f.file == "-":
		for _, l := range f.logs {
			if l == "-" {
				return nil, usagef("", "-f - and --logs - both want standard input")
			}
		}
		data, err := io.ReadAll(a.in)
		if err != nil {
			return nil, fmt.Errorf("read the statement from standard input: %w", err)
		}
		text = string(data)
	case f.file != "":
		data, err := os.ReadFile(f.file)
		if err != nil {
			return nil, fmt.Errorf("read the statement: %w", err)
		}
		text = string(data)
	case len(args) > 0:
		text = args[0]
	default:
		return nil, usagef(`leasttrail query --logs ./AWSLogs/ "SELECT …", or -f FILE`, "there is no statement to run")
	}
	list := splitStatements(strings.TrimPrefix(text, "\ufeff"))
	if len(list) == 0 {
		return nil, usagef("", "the statement is empty")
	}
	return list, nil
}

func (a *app) runStatements(ctx context.Context, b *road, f *queryFlags, list []statement) error {
	var sum query.Stats
	for i, s := range list {
		rows, stats, err := a.runStatement(ctx, b, f, s.text)
		add(&sum, stats)
		if err != nil {
			if len(list) > 1 {
				a.note("statement %d of %d, on line %d:", i+1, len(list), s.line)
			}
			return err
		}
		b.progress.end()
		if len(b.logs) > 0 {
			a.unread(stats, "in "+strings.Join(b.logs, ", "))
		}
		if isTerminal(a.err) {
			a.note("%s; %s", count(rows, "row"), readText(stats)+a.chargeText(stats))
		}
	}
	return a.account(sum)
}

// runStatement runs one statement and prints its result.
func (a *app) runStatement(ctx context.Context, b *road, f *queryFlags, sql string) (rows int64, stats query.Stats, err error) {
	ctx, cancel := withTimeout(ctx, f.timeout)
	defer cancel()
	defer func() { err = explainTimeout(err, f.timeout) }()
	res, err := b.session.Run(ctx, sql, f.params...)
	if err != nil {
		return 0, stats, err
	}
	if res.Written != nil {
		b.progress.end()
		a.note("%s written to %s", count(*res.UpdateCount, "row"), strings.Join(places(res.Written), ", "))
		return *res.UpdateCount, res.Rows.Stats(), res.Close()
	}
	counted := &countedRows{Rows: res.Rows}
	res.Rows = counted
	defer func() {
		err = join(err, res.Close())
		stats = counted.Stats()
		rows = counted.n
	}()
	return 0, stats, printResult(a.out, f.output, res)
}

// places are the folders of files, each once.
func places(files []string) []string {
	var list []string
	for _, f := range files {
		if dir := f[:strings.LastIndexByte(f, '/')+1]; !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	if len(list) > 3 {
		return append(list[:3:3], fmt.Sprintf("and %d more", len(list)-3))
	}
	return list
}

// countedRows counts the rows that go through.
type countedRows struct {
	query.Rows
	n int64
}

func (c *countedRows) Next() bool {
	if !c.Rows.Next() {
		return false
	}
	c.n++
	return true
}

func printResult(w io.Writer, form string, res *query.Result) error {
	switch {
	case len(res.Columns) == 0:
		for res.Rows.Next() {
		}
		return res.Rows.Err()
	case form == formJSON:
		return query.WriteJSON(w, res)
	case form == formNDJSON:
		return query.WriteNDJSON(w, res)
	case form == formCSV:
		return query.WriteCSV(w, res)
	case !res.HeaderRow:
		return printLines(w, res)
	default:
		return printTable(w, res)
	}
}

// printLines prints the result of DDL and utility statements as Athena's text
// files have it: the values of a row with tabs between them.
func printLines(w io.Writer, res *query.Result) error {
	for res.Rows.Next() {
		for i, v := range res.Rows.Row() {
			sep := "\t"
			if i == 0 {
				sep = ""
			}
			if _, err := fmt.Fprint(w, sep, resultText(res.Columns[i].Type, v)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return res.Rows.Err()
}

// tableRows is how many rows share one table on the screen: widths are known
// only when all rows of a table are, and a result may be larger than memory.
const tableRows = 5000

func printTable(w io.Writer, res *query.Result) error {
	columns := make([]outColumn, len(res.Columns))
	for i, c := range res.Columns {
		columns[i] = outColumn{key: c.Name, title: c.Name, right: c.Type.IsNumeric()}
	}
	for {
		t := newTable(columns)
		n := 0
		for n < tableRows && res.Rows.Next() {
			row := make(table.Row, len(columns))
			for i, v := range res.Rows.Row() {
				row[i] = printable(resultText(res.Columns[i].Type, v))
			}
			t.AppendRow(row)
			n++
		}
		if err := res.Rows.Err(); err != nil {
			return err
		}
		if err := render(w, t); err != nil {
			return err
		}
		if n < tableRows {
			return nil
		}
	}
}

// resultText is a value as Athena writes it; NULL is empty.
func resultText(t *types.Type, v any) string {
	if v == nil {
		return ""
	}
	return string(types.AppendFormat(nil, t, v))
}
