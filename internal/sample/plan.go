package sample

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// The mean number of events in a file is meanEvents; with the spread below, half
// of the files have fewer than 60 (about 8 kB compressed) and the largest of a
// big trail about 10,000 (1.5 MB), as in real buckets. A small trail gets smaller
// files, so that it has some tens of them.
const (
	meanEvents  = 170
	smallEvents = 60
	maxEvents   = 10_000
	sizeSpread  = 1.5 // standard deviation of the logarithm of a file's size
)

// file is one object of the trail, planned.
type file struct {
	index   int
	account int
	region  string
	start   time.Time // of the first event
	window  time.Duration
	own     int // events of its own
	quotas  []int
	again   *file // an earlier file of which the first few are delivered again
	againN  int
	cross   []crossCall
}

// crossCall is a role taken in another account: both accounts get a record.
type crossCall struct {
	at           time.Time
	shared       string // sharedEventID
	request      string // requestID
	owner        bool   // the copy that the role's own account gets
	from, to     int    // accounts
	sessionOwner string
}

// plan lays out all files of a trail, in order of time.
func plan(o Options) []*file {
	rng := rand.New(rand.NewPCG(o.Seed, 0x6c65617374))
	mean := min(meanEvents, max(smallEvents, o.Events/60))
	files := make([]*file, max(1, (o.Events+mean/2)/mean))
	sizes := spread(rng, o.Events, len(files))
	accounts := newDealer(accountWeights(o))
	regions := make([]*dealer, o.Accounts)
	for i := range regions {
		regions[i] = newDealer(regionWeights(len(o.Regions)))
	}
	for i := range files {
		f := &file{own: sizes[i]}
		f.account = accounts.deal(f.own)
		f.region = o.Regions[regions[f.account].deal(f.own)]
		f.start = startTime(rng, o)
		f.window = time.Duration(5+rng.IntN(10)) * time.Minute
		files[i] = f
	}
	slices.SortStableFunc(files, func(a, b *file) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
	})
	for i, f := range files {
		f.index = i
	}
	planCrossCalls(rng, o, files)
	planRepeats(rng, files)
	planQuotas(o, files)
	return files
}

// spread splits n events over files with log-normal sizes, at least one each
// while there are enough.
func spread(rng *rand.Rand, n, files int) []int {
	weights := make([]float64, files)
	var sum float64
	for i := range weights {
		weights[i] = math.Exp(rng.NormFloat64() * sizeSpread)
		sum += weights[i]
	}
	sizes := make([]int, files)
	left := n
	for i, w := range weights {
		sizes[i] = min(left, maxEvents, 1+int(w/sum*float64(n-files)))
		left -= sizes[i]
	}
	for i := 0; left > 0; i = (i + 1) % files {
		if sizes[i] < maxEvents || n > files*maxEvents {
			sizes[i]++
			left--
		}
	}
	return sizes
}

// accountWeights: the first account is the busiest. It is large enough to hold
// the shares of the users that were asked for.
func accountWeights(o Options) []float64 {
	w := regionWeights(o.Accounts)
	var share float64
	for _, s := range o.Shares {
		share += s.Percent / 100
	}
	for i := range w {
		w[i] *= 1 - share
	}
	w[0] += share
	return w
}

// regionWeights are 1, 1/2, 1/3 … scaled to 1.
func regionWeights(n int) []float64 {
	w := make([]float64, n)
	var sum float64
	for i := range w {
		w[i] = 1 / float64(i+1)
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// dealer hands out amounts so that every share is met as closely as it can be.
type dealer struct {
	weights, dealt []float64
	total          float64
}

func newDealer(weights []float64) *dealer {
	return &dealer{weights: weights, dealt: make([]float64, len(weights))}
}

// deal says who gets the next amount: who is furthest behind.
func (d *dealer) deal(amount int) int {
	d.total += float64(amount)
	best := 0
	for i := range d.weights {
		if d.weights[i]*d.total-d.dealt[i] > d.weights[best]*d.total-d.dealt[best] {
			best = i
		}
	}
	d.dealt[best] += float64(amount)
	return best
}

// startTime draws when a file begins: by day mostly, and seldom at weekends.
func startTime(rng *rand.Rand, o Options) time.Time {
	for {
		t := o.Start.Add(time.Duration(rng.IntN(o.Days*24*60)) * time.Minute)
		if rng.Float64() < busy(t) {
			return t
		}
	}
}

// busy is how much happens at a time of the week, from 0 to 1.
func busy(t time.Time) float64 {
	switch {
	case t.Weekday() == time.Saturday || t.Weekday() == time.Sunday:
		return 0.3
	case t.Hour() >= 7 && t.Hour() < 19:
		return 1
	default:
		return 0.4
	}
}

// planCrossCalls puts a pair of records for each role taken across accounts into
// a file of either account.
func planCrossCalls(rng *rand.Rand, o Options, files []*file) {
	if o.Accounts < 2 {
		return
	}
	var byAccount [2][]*file
	for _, f := range files {
		if f.account < 2 && f.own > 4 {
			byAccount[f.account] = append(byAccount[f.account], f)
		}
	}
	if len(byAccount[0]) == 0 || len(byAccount[1]) == 0 {
		return
	}
	for n := range o.Events / 400 {
		from := byAccount[0][rng.IntN(len(byAccount[0]))]
		to := byAccount[1][rng.IntN(len(byAccount[1]))]
		if from.own < 4 || to.own < 4 {
			continue
		}
		c := crossCall{
			at: from.start.Add(time.Duration(rng.IntN(int(from.window)))), from: 0, to: 1,
			shared:  stableUUID(fmt.Sprintf("shared %d %d", o.Seed, n)),
			request: stableUUID(fmt.Sprintf("request %d %d", o.Seed, n)),
		}
		from.cross, from.own = append(from.cross, c), from.own-1
		c.owner = true
		to.cross, to.own = append(to.cross, c), to.own-1
	}
}

// planRepeats lets about every fifteenth larger file deliver some events of an earlier
// one again, as CloudTrail does now and then.
func planRepeats(rng *rand.Rand, files []*file) {
	type place struct {
		account int
		region  string
	}
	last := map[place]*file{}
	for _, f := range files {
		p := place{f.account, f.region}
		if earlier := last[p]; earlier != nil && f.own > 12 && rng.IntN(15) == 0 {
			f.again, f.againN = earlier, min(1+rng.IntN(10), earlier.own)
			f.own -= f.againN
		}
		last[p] = f
	}
}

// planQuotas deals the shares that were asked for over the first account's files.
func planQuotas(o Options, files []*file) {
	if len(o.Shares) == 0 {
		return
	}
	var room int
	for _, f := range files {
		if f.account == 0 {
			room += f.own
		}
	}
	given := make([]int, len(o.Shares))
	var before int
	for _, f := range files {
		f.quotas = make([]int, len(o.Shares))
		if f.account != 0 {
			continue
		}
		before += f.own
		free := f.own
		for i, s := range o.Shares {
			due := math.Round(s.Percent / 100 * float64(o.Events) * float64(before) / float64(room))
			f.quotas[i] = min(free, max(0, int(due)-given[i]))
			given[i] += f.quotas[i]
			free -= f.quotas[i]
		}
	}
}
