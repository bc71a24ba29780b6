package cli

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/engine/duckdb"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/store"
)

// speedFlags are the flags that change how fast, never what, is answered.
type speedFlags struct {
	store   string
	noStore bool
	memory  string
	price   float64
}

// When the columnar copy of what was read is kept.
const (
	storeAuto   = "auto"
	storeAlways = "always"
	storeNever  = "never"
)

func (s *speedFlags) add(f *pflag.FlagSet) {
	f.StringVar(&s.store, "store", storeAuto, "`when` to keep a columnar copy of logs: auto, always or never (see leasttrail store --help)")
	f.BoolVar(&s.noStore, "no-store", false, "read the logs themselves, and keep no copy")
	f.StringVar(&s.memory, "memory", "", "use about this much memory, such as 2GB, and the disk beyond (default a quarter of the machine's)")
	f.Float64Var(&s.price, "price", 5, "`USD` per TB scanned, for what Athena would have charged")
}

// open gives the store, nil if it is not to be used.
func (s *speedFlags) open(d dirs) (*store.Store, error) {
	switch s.store {
	case storeAuto, storeAlways, storeNever:
	default:
		return nil, usagef("auto, always or never", "--store %s is unknown", s.store)
	}
	if s.noStore && s.store == storeAlways {
		return nil, usagef("give one of them", "--no-store and --store always contradict each other")
	}
	if s.noStore || s.store == storeNever {
		return nil, nil
	}
	return openStore(d)
}

func openStore(d dirs) (*store.Store, error) {
	if err := private(d.store()); err != nil {
		return nil, err
	}
	return store.Open(d.store(), duckdb.StoreKinds()...), nil
}

const (
	// leastMemory is what a query needs in any case.
	leastMemory = 256 << 20
	// besides is what is used beside the engine's own memory: the program, and
	// the windows that files are read through.
	besides = 128 << 20
	// mostLoose is the most that is counted for memory which the engine has given
	// back and the system has not got: a sort of 10 million rows that spills was
	// seen to take 370 MB more than it was allowed.
	mostLoose = 256 << 20
)

// limit is the engine's share of the memory, in bytes; 0 leaves it to the engine.
func (s *speedFlags) limit() (int64, error) {
	total := machineMemory() / 4
	if s.memory != "" {
		var ok bool
		if total, ok = parseSize(s.memory); !ok {
			return 0, usagef("for example --memory 2GB", "--memory %q is no size", s.memory)
		}
		if total < leastMemory {
			return 0, usagef("", "--memory %s is too little: at least %d MB", s.memory, leastMemory>>20)
		}
	}
	if total == 0 {
		return 0, nil
	}
	total = max(total, leastMemory)
	debug.SetMemoryLimit(max(total/2, besides))
	loose := min((total-leastMemory)/3, mostLoose)
	return total - besides - loose, nil
}

// parseSize reads 512MB, 2GB, 1.5g.
func parseSize(text string) (int64, bool) {
	t := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(text)), "b")
	unit := 1.0
	for suffix, u := range map[string]float64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40} {
		if s, ok := strings.CutSuffix(t, suffix); ok {
			t, unit = s, u
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(t), 64)
	if err != nil || n < 0 || n*unit > 1<<50 || math.IsNaN(n) {
		return 0, false
	}
	return int64(n * unit), true
}

const (
	// worthKeeping is the size of logs, in bytes as stored, from which on auto
	// keeps a copy: reading less takes a fifth of a second.
	worthKeeping = 32 << 20
	// worthAdding is the size of new logs from which on they are added to it.
	worthAdding = 4 << 20
)

// keep copies what the command read to the store, after its answer, if that is
// wanted.
func (b *road) keep() {
	a := b.app
	if a.life.Err() != nil {
		return
	}
	u := b.engine.Unkept()
	if u.Files+u.Young == 0 || !a.wantsCopy(u) {
		return
	}
	young := ""
	if u.Young > 0 {
		young = fmt.Sprintf("%s written within the last seconds, which may still change: the next question keeps them", count(u.Young, "file"))
	}
	if u.Files == 0 {
		a.note("no copy was kept: %s", young)
		return
	}
	if young != "" {
		young = "; but for " + young
	}
	a.note("keeping a columnar copy of %s (%s) for the next question%s", count(u.Files, "file"), size(u.Bytes), young)
	if a.copyTo(b.engine) && len(b.logs) > 0 && !b.costly && u.Answered <= surveyFor*u.Files {
		b.survey()
	}
}

// surveyFor is how many files that the store had already are surveyed anew for one
// that was added.
const surveyFor = 10

// survey asks what the logs cover, which every policy over them asks first, so that
// the store has the answer beside the copy. It reads nothing else: where the copy has
// only some of the logs, or after an error, the first policy asks.
func (b *road) survey() {
	p := newProgress(b.app.err, b.app.quiet)
	p.doing("surveying the copy")
	defer p.end()
	b.engine.Reread()
	s := query.NewSession(b.catalog, b.engine, query.Options{Now: b.app.now, Settings: query.Settings{Keepable: true, Progress: p.update}})
	_, _ = activity.Survey(b.app.life, s, activity.Selector{})
}

// copyTo makes the columnar copy of what the engine was told of; false if it
// could not, having said why.
func (a *app) copyTo(e *duckdb.Engine) bool {
	p := newProgress(a.err, a.quiet)
	p.doing("copying")
	err := e.Keep(a.life, p.update)
	p.end()
	switch {
	case errors.Is(err, store.ErrBusy):
		a.note("no copy was kept: another process is making one")
	case err != nil && a.life.Err() != nil:
		a.note("no copy was kept: interrupted")
	case err != nil:
		a.note("no copy was kept: %v", err)
	}
	return err == nil
}

// wantsCopy decides about a copy: auto keeps one of large logs that are asked a
// second time, and adds new logs to one.
func (a *app) wantsCopy(u duckdb.Unkept) bool {
	if a.speed.noStore || a.speed.store == storeNever {
		return false
	}
	if a.speed.store == storeAlways {
		return true
	}
	if u.Answered > 0 && u.Bytes >= worthAdding {
		return true
	}
	if u.Bytes < worthKeeping {
		return false
	}
	d, err := a.dirs()
	if err != nil {
		return false
	}
	st, err := openStore(d)
	if err != nil {
		return false
	}
	slices.Sort(u.Places)
	before, err := st.Asked(strings.Join(u.Places, "\n"))
	return err == nil && before
}

const storeHelp = `Logs that are asked again and again are kept in a columnar copy, Parquet in
leasttrail's cache folder: the next question over them takes a fraction of the time.

--store says when: auto, the default, copies logs of more than 32 MB once they are
asked a second time, after the answer, and adds what is new when it is next asked;
always copies at the first question, whatever the size; never, like --no-store,
neither makes nor uses a copy.

A log file is answered for from the copy only while its size and its times (in S3:
its ETag) are what they were; a file that is new or changed is read itself. What was
skipped or damaged in it is reported all the same. What such logs cover, which every
policy asks, is kept beside it as long as they are the same. The copy can be deleted at
any time.`

// storeCommand is the commands over the columnar copy.
func (a *app) storeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "Look after the columnar copy of logs",
		Long:  storeHelp,
		Example: `  leasttrail query --store always --logs ./AWSLogs/ "SELECT count(*) FROM cloudtrail_logs"
  leasttrail store status
  leasttrail store prune
  leasttrail store clear`,
		Args: cobra.NoArgs,
	}
	var form string
	status := &cobra.Command{
		Use: "status", Short: "Show what the copy holds", Example: "  leasttrail store status -o json", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.storeStatus(form) },
	}
	outputFlag(status, &form)
	c.AddCommand(status,
		&cobra.Command{
			Use: "prune", Short: "Delete what can answer for no log file any more", Example: "  leasttrail store prune", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return a.shrinkStore(func(s *store.Store) (int64, error) { return s.Prune(gone) })
			},
		},
		&cobra.Command{
			Use: "clear", Short: "Delete the copy", Example: "  leasttrail store clear", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.shrinkStore((*store.Store).Clear) },
		})
	return c
}

// gone says whether a log file is no longer as it was copied; of S3 objects
// only a listing could tell.
func gone(s store.Source) bool {
	n, tag, known := source.Current(s.ID)
	return s.ID == "" || known && (n != s.Size || tag != s.Tag)
}

func (a *app) storeStatus(form string) error {
	if err := checkForm(form); err != nil {
		return err
	}
	d, err := a.dirs()
	if err != nil {
		return err
	}
	s, err := openStore(d)
	if err != nil {
		return err
	}
	st, err := s.Status(gone)
	if err != nil {
		return err
	}
	if form == formTable {
		fmt.Fprintf(a.out, "folder    %s\nlogs      %s, %s, %s stored, %s inflated\ncopy      %s in %s\n",
			d.store(), count(int64(st.Files), "file"), count(st.Records, "record"), size(st.Stored), size(st.Inflated), size(st.Bytes), count(int64(st.Parts), "part"))
		if st.Vanished > 0 {
			fmt.Fprintf(a.out, "outdated  %s changed or gone since; never answered from\n", count(int64(st.Vanished), "file"))
		}
		if st.Other > 0 {
			fmt.Fprintf(a.out, "refuse    %s, which prune deletes\n", size(st.Other))
		}
		return nil
	}
	return writeRows(a.out, form, []outColumn{
		{key: "folder"}, {key: "files"}, {key: "records"}, {key: "storedBytes"}, {key: "inflatedBytes"},
		{key: "copyBytes"}, {key: "parts"}, {key: "outdatedFiles"}, {key: "refuseBytes"},
	}, []outRow{{d.store(), int64(st.Files), st.Records, st.Stored, st.Inflated, st.Bytes, int64(st.Parts), int64(st.Vanished), st.Other}})
}

func (a *app) shrinkStore(how func(*store.Store) (int64, error)) error {
	d, err := a.dirs()
	if err != nil {
		return err
	}
	if _, err := os.Stat(d.store()); errors.Is(err, os.ErrNotExist) {
		a.note("there is no copy")
		return nil
	}
	s, err := openStore(d)
	if err != nil {
		return err
	}
	freed, err := how(s)
	if errors.Is(err, store.ErrBusy) {
		return fmt.Errorf("%w: try again when it is done", err)
	}
	if err != nil {
		return err
	}
	a.note("freed %s", size(freed))
	return nil
}

// charge is what Athena would have charged for a query, in USD: by the bytes
// scanned as stored, rounded up to a megabyte, ten at least.
// Source: Amazon Athena pricing.
func charge(s query.Stats, price float64) float64 {
	if s.Files == 0 {
		return 0
	}
	mb := max(10, (s.BytesScanned+999_999)/1_000_000)
	return float64(mb) / 1e6 * price
}
