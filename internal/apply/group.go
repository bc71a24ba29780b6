package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/subset"
)

// Group is several managed policies of the same holders that change together, as
// one policy that is too large for one document does.
type Group struct {
	// Changes are in the order in which they are made: whatever has been made of
	// them, the policies in force allow all that the new ones together do.
	Changes []*Change
	// Refusals say why it must not be done.
	Refusals []string
	// Same says that all are in force already.
	Same bool
}

// maxGroup bounds a group, for all orders may have to be tried.
const maxGroup = 10

// FindGroup looks at the targets and says what putting a candidate in each place
// would be.
func FindGroup(ctx context.Context, api Clients, targets []Target, candidates []*iam.Policy) (*Group, error) {
	g := &Group{Same: true}
	if len(targets) != len(candidates) || len(targets) == 0 {
		return nil, fmt.Errorf("%d documents and %d policies to be replaced", len(candidates), len(targets))
	}
	if len(targets) > maxGroup {
		return nil, fmt.Errorf("%d policies: at most %d change together", len(targets), maxGroup)
	}
	var before []*iam.Policy
	for i, t := range targets {
		if t.ARN == "" {
			return nil, fmt.Errorf("%s: several documents go to managed policies alone", t)
		}
		if slices.Contains(targets[:i], t) {
			return nil, fmt.Errorf("%s is named twice", t)
		}
		c := &Change{Target: t, After: string(candidates[i].JSON(""))}
		if err := c.findManaged(ctx, api); err != nil {
			return nil, explain(t, err)
		}
		if c.Size > c.Limit {
			c.refuse("%s: %d characters, and the quota is %d", t, c.Size, c.Limit)
		}
		if len(candidates[i].Statements) == 0 {
			c.refuse("%s: the candidate has no statement: IAM takes no such policy", t)
		}
		p, err := iam.ParsePolicy([]byte(c.Before))
		if err != nil {
			return nil, fmt.Errorf("%s: the policy in force: %w", t, err)
		}
		before = append(before, p)
		c.Same = equal(c.Before, c.After)
		g.Same = g.Same && c.Same
		g.Changes = append(g.Changes, c)
		g.Refusals = append(g.Refusals, c.Refusals...)
	}
	for _, c := range g.Changes[1:] {
		if a, b := sortedCopy(g.Changes[0].Attached), sortedCopy(c.Attached); !slices.Equal(a, b) {
			g.Refusals = append(g.Refusals, fmt.Sprintf("%s and %s are not attached to the same: %s, and %s", g.Changes[0].Target, c.Target, strings.Join(a, ", "), strings.Join(b, ", ")))
		}
	}
	for _, gap := range subset.Prove(candidates, before).Gaps {
		g.Refusals = append(g.Refusals, "not proven to stay within the policies in force: "+gap.String())
	}
	g.arrange(candidates, before)
	return g, nil
}

func sortedCopy(list []string) []string { return slices.Sorted(slices.Values(list)) }

// arrange puts the changes in an order in which, after each, the policies in force
// allow all that the candidates together do.
func (g *Group) arrange(candidates, before []*iam.Policy) {
	dead := map[int]bool{} // sets of changes made, as bits, from which no way leads on
	var order []int
	var try func(made int) bool
	try = func(made int) bool {
		if len(order) == len(candidates) {
			return true
		}
		if dead[made] {
			return false
		}
		for i := range candidates {
			next := made | 1<<i
			if made&(1<<i) != 0 || !covered(next, candidates, before) {
				continue
			}
			order = append(order, i)
			if try(next) {
				return true
			}
			order = order[:len(order)-1]
		}
		dead[made] = true
		return false
	}
	if !try(0) {
		g.Refusals = append(g.Refusals, "there is no order in which to replace them: at some moment what the new policies allow would be allowed by none; put the documents into new policies, attach those, and detach the old ones")
		return
	}
	sorted := make([]*Change, len(order))
	for n, i := range order {
		sorted[n] = g.Changes[i]
	}
	g.Changes = sorted
}

// covered says whether what is in force, once some changes are made, allows all
// that the candidates do.
func covered(made int, candidates, before []*iam.Policy) bool {
	var missing, inForce []*iam.Policy
	for i := range candidates {
		if made&(1<<i) != 0 {
			inForce = append(inForce, candidates[i])
			continue
		}
		inForce = append(inForce, before[i])
		missing = append(missing, candidates[i])
	}
	if len(missing) == 0 {
		return true
	}
	proof := subset.Prove(missing, inForce)
	return proof.Holds()
}

// ExecuteGroup makes the changes one after another. What is returned with an error
// are those that were begun.
func ExecuteGroup(ctx context.Context, api Clients, g *Group, j Journal, by string, now time.Time) ([]*Entry, error) {
	if len(g.Refusals) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrRefused, g.Refusals[0])
	}
	var entries []*Entry
	group := ""
	for _, c := range g.Changes {
		if c.Same {
			continue // a try before this one made it
		}
		c.group = group
		e, err := Execute(ctx, api, c, j, by, now)
		if e != nil {
			entries = append(entries, e)
			group = e.Group
		}
		if err != nil {
			return entries, err
		}
	}
	return entries, nil
}

// RollbackGroup puts back what an entry replaced, and what others did that were
// made with it, the last first.
func RollbackGroup(ctx context.Context, api Clients, e *Entry, j Journal, now time.Time) error {
	list, err := j.Group(e)
	if err != nil {
		return err
	}
	for _, one := range list {
		if err := Rollback(ctx, api, one, j, now); err != nil {
			return err
		}
	}
	return nil
}
