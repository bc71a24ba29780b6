package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/blindspot"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/report"
)

// indexFile is the index's name in a folder of policies; there are .md and
// .html of the same beside it.
const indexFile = "index.json"

// fleet is a folder of policies while it is written.
type fleet struct {
	dir     string
	format  string        // of the policies
	ext     string        // of their files
	reports string        // extension of the reports; empty for none
	form    report.Writer // of the reports
	before  []string      // files of an earlier run
	written map[string]bool
	index   report.Index
}

// isFleet says whether a folder of policies is asked for.
func (p *policyFlags) isFleet() bool { return p.allUsers || p.allRoles }

// checkFleet finds flags that do not go together with a folder of policies.
func (p *policyFlags) checkFleet() error {
	switch {
	case !p.isFleet() && p.out != "":
		return usagef("", "--out goes with --all-users and --all-roles")
	case !p.isFleet():
		return nil
	case p.checkMapping:
		return usagef("leave --all-users and --all-roles out: it takes everyone anyway", "--check-mapping makes no policy")
	case p.named():
		return usagef("", "give --all-users, --all-roles or single principals, not both")
	case p.out == "":
		return usagef("for example --out policies", "--all-users and --all-roles write a folder: name it with --out")
	case p.report != "":
		return usagef("--reports md, html, json, txt or none says how each policy's report is written", "--report names one file")
	case p.forecast:
		return usagef("leasttrail forecast --user NAME, or --forecast with --user or --role", "--forecast is of one policy at a time")
	case p.accessed != "":
		return usagef("give --last-accessed with --user or --role", "--last-accessed is the report of one principal")
	case p.options.Name != "" || p.options.AttachTo != "":
		return usagef("", "--name and --attach-to go with a single policy: here each is named for its principal")
	}
	if p.reports != "none" {
		if _, err := report.Form("x." + p.reports); err != nil {
			return usagef("", "--reports %s: the forms are html, json, md, txt, none", p.reports)
		}
	}
	return nil
}

// openFleet makes the folder, or takes one that an earlier run wrote.
func (p *policyFlags) openFleet(asked string) (*fleet, error) {
	f := &fleet{
		dir: p.out, format: p.format, ext: policy.Extension(p.format), written: map[string]bool{},
		index: report.Index{Asked: asked, Incomplete: []string{}, Principals: []report.Entry{}, BlindSpots: []blindspot.Spot{}},
	}
	if p.reports != "none" {
		f.reports = "." + p.reports
		f.form, _ = report.Form("x" + f.reports)
	}
	entries, err := os.ReadDir(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0:
		return f, os.MkdirAll(f.dir, 0o755)
	case err != nil:
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(f.dir, indexFile))
	var old report.Index
	if err != nil || json.Unmarshal(data, &old) != nil {
		return nil, fmt.Errorf("%s is not empty, and no folder of policies: name a new one", f.dir)
	}
	for _, e := range old.Principals {
		for _, name := range []string{e.Policy, e.Report} {
			if name != "" && filepath.IsLocal(filepath.FromSlash(name)) {
				f.before = append(f.before, name)
			}
		}
	}
	return f, nil
}

// fleetOf derives the policy of every principal, in one pass over their calls.
func (a *app) fleetOf(ctx context.Context, p *policyFlags) error {
	sel, err := a.selector(&p.selection)
	if err != nil {
		return err
	}
	sel.AllUsers, sel.AllRoles = p.allUsers, p.allRoles
	wantFacts(&sel, &p.options)
	known, err := p.known()
	if err != nil {
		return err
	}
	f, err := p.openFleet(sel.String())
	if err != nil {
		return err
	}
	r, err := a.openFor(ctx, &p.selection)
	if err != nil {
		return err
	}
	return r.close(a.deriveFleet(ctx, r, p, sel, known, f))
}

func (a *app) deriveFleet(ctx context.Context, r *road, p *policyFlags, sel activity.Selector, known *knownOf, f *fleet) error {
	coverage, err := activity.Survey(ctx, r.session, sel)
	if err != nil {
		return err
	}
	used := map[string][]activity.RoleUse{}
	if p.allRoles {
		roles := sel
		roles.AllUsers = false
		uses, _, err := activity.RoleUses(ctx, r.session, roles)
		if err != nil {
			return err
		}
		for _, u := range uses {
			used[u.Role] = append(used[u.Role], u)
		}
	}
	var b *policy.Builder
	begin := func() {
		o := p.options
		o.From, o.To, o.Now = sel.From, sel.To, a.now()
		o.Late = r.late
		b = policy.Derive(o)
		known.tell(b)
		b.Coverage(coverage)
	}
	begin()
	st, err := activity.EventsByPrincipal(ctx, r.session, sel,
		func(e *activity.Event) error {
			b.Add(e)
			return nil
		},
		func(owner string, st activity.Stats) error {
			b.Asked(owner)
			st.Input = coverage.Input // the same logs, read to their end already
			b.Stats(st)
			b.UsedBy(used[owner])
			res, err := b.Build()
			if err != nil {
				return err
			}
			begin()
			return f.add(owner, res)
		})
	if err != nil {
		return explain(err)
	}
	r.progress.end()
	if st.Records == 0 {
		return join(a.nothing(ctx, r, sel), a.account(st.Input))
	}
	b.Stats(activity.Stats{Input: st.Input}) // of all: nothing was added since
	all, err := b.Build()
	if err != nil {
		return err
	}
	all.Report.Window.First, all.Report.Window.Last = st.First, st.Last
	if err := f.end(&all.Report); err != nil {
		return err
	}
	a.remarks(activity.Stats{Missing: st.Missing})
	return a.fleetSummary(f, st)
}

// fleetSummary says what was written, and what of it is not as it should be.
func (a *app) fleetSummary(f *fleet, st activity.Stats) error {
	a.note("%s of %s in %s; index.html and index.md list them", count(int64(len(f.index.Principals)), "policy file"), count(st.Records, "call"), f.dir)
	var failed, large int64
	for _, e := range f.index.Principals {
		if !e.Replayed {
			failed++
		}
		if !e.Fits {
			large++
		}
	}
	if large > 0 {
		a.note("%s larger than the quota: see the index", count(large, "policy file"))
	}
	err := a.account(st.Input)
	if !f.index.Complete && err == nil {
		fmt.Fprintln(a.err, "incomplete: "+printable(strings.Join(f.index.Incomplete, " ")))
		err = saidError{errIncomplete}
	}
	if failed > 0 {
		fmt.Fprintf(a.err, "%s not allow every call it was made from: see the index\n", count(failed, "policy file"))
		err = join(err, saidError{errCheckFailed})
	}
	return err
}

// add writes one principal's policy and report.
func (f *fleet) add(owner string, res *policy.Result) error {
	base := f.place(owner)
	e := report.EntryOf(owner, res)
	e.Policy = base + f.ext
	var b bytes.Buffer
	if err := res.Print(&b, f.format); err != nil {
		return err
	}
	if err := f.write(e.Policy, b.Bytes()); err != nil {
		return err
	}
	if f.form != nil {
		e.Report = base + ".report" + f.reports
		b.Reset()
		if err := f.form(&b, &res.Report); err != nil {
			return err
		}
		if err := f.write(e.Report, b.Bytes()); err != nil {
			return err
		}
	}
	f.index.Principals = append(f.index.Principals, e)
	return nil
}

// place is where a principal's files are, without extension:
// ACCOUNT/user/NAME. Names are unique in an account whatever their path; what
// logs hold may be no names, though.
func (f *fleet) place(owner string) string {
	parts := strings.SplitN(owner, ":", 6)
	account, kind, name := "unknown", "principal", owner
	if len(parts) == 6 {
		account = parts[4]
		kind, name, _ = strings.Cut(parts[5], "/")
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	base := path.Join(fileName(account), fileName(kind), fileName(name))
	for i := 2; f.taken(base); i++ {
		base = path.Join(fileName(account), fileName(kind), fmt.Sprintf("%s~%d", fileName(name), i))
	}
	f.written[strings.ToLower(base)] = true
	return base
}

func (f *fleet) taken(base string) bool { return f.written[strings.ToLower(base)] }

// fileName keeps the characters that names of users and roles may have.
// Source: IAM User Guide, "IAM and AWS STS quotas", name requirements.
func fileName(name string) string {
	const longest = 128
	clean := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("+=,.@_-", c) {
			return c
		}
		return '_'
	}, name)
	if len(clean) > longest {
		clean = clean[:longest]
	}
	if clean == "" || strings.HasPrefix(clean, ".") {
		clean = "_" + clean
	}
	return clean
}

func (f *fleet) write(name string, data []byte) error {
	full := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	f.written[name] = true
	return os.WriteFile(full, data, 0o644)
}

// end writes the index and removes what an earlier run wrote and this did not.
func (f *fleet) end(all *policy.Report) error {
	f.index.Window, f.index.BlindSpots = all.Window, all.BlindSpots
	f.index.Incomplete = all.Incomplete
	f.index.Complete = all.Complete && !slices.ContainsFunc(f.index.Principals, func(e report.Entry) bool { return !e.Complete })
	for _, form := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"index.html", func(b *bytes.Buffer) error { return f.index.HTML(b) }},
		{"index.md", func(b *bytes.Buffer) error { return f.index.Markdown(b) }},
		{indexFile, func(b *bytes.Buffer) error { return f.index.JSON(b) }},
	} {
		var b bytes.Buffer
		if err := form.write(&b); err != nil {
			return err
		}
		if err := f.write(form.name, b.Bytes()); err != nil {
			return err
		}
	}
	for _, name := range f.before {
		if !f.written[name] {
			if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
