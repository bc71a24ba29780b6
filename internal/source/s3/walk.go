package s3

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/leasttrail/leasttrail/internal/source"
)

// Finding the folders to list. In CloudTrail's layout
//
//	[prefix/]AWSLogs/[o-ORG/]ACCOUNT/KIND/REGION/YYYY/MM/DD/
//
// it goes down to the regions, asking for the names of folders level by level
// where they are not known from what is wanted, and lists each region from the
// first day to the last. What is not in the layout is listed as it lies.

const (
	kindDigest = "CloudTrail-Digest"
	// maxLoose is how many levels of folders outside the layout are looked
	// through for one that is in it, and maxWide how many such folders lie
	// side by side at most: more are listed as they lie.
	maxLoose = 4
	maxWide  = 64
	// maxAsked is how many folders outside the layout are looked into in all.
	maxAsked = 200
)

// level is what a folder of the layout holds.
type level int

const (
	loose    level = iota // anything
	owners                // accounts, and organizations above them
	accounts              // accounts
	kinds                 // CloudTrail, CloudTrail-Digest, other services' logs
	regions               // regions
	days                  // YYYY/MM/DD, or what lies below
)

// levelOf tells by a folder's whole key, which is "" or ends in a slash.
func levelOf(folder string) level {
	dirs := strings.Split(strings.TrimSuffix(folder, "/"), "/")
	k, _ := source.ParseKey(folder)
	last, n := dirs[len(dirs)-1], len(dirs)
	switch {
	case k.Kind == "CloudTrail-Lake":
		return days
	case k.Kind != "" && last == k.Kind:
		return regions
	case k.Kind != "" && k.Region != "":
		return days
	case k.Kind != "":
		return loose
	case last == "AWSLogs":
		return owners
	case strings.HasPrefix(last, "o-") && n > 1 && dirs[n-2] == "AWSLogs":
		return accounts
	case isAccount(last) && n > 1 && (dirs[n-2] == "AWSLogs" || strings.HasPrefix(dirs[n-2], "o-")):
		return kinds
	}
	return loose
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// passesDigests says whether digests are left out: they hold no records. They
// are not where the location itself lies among them.
func (w *walk) passesDigests() bool {
	return !w.l.scope.Digests && !strings.Contains("/"+w.root, "/"+kindDigest+"/")
}

// find returns the branches below the root, in the order of their keys. An
// error of the root's own listing is returned, others are in the branches.
func (w *walk) find(root string) ([]*branch, error) {
	f := &finder{walk: w, hands: make(chan struct{}, atOnce)}
	f.folder(root, 0)
	f.wait.Wait()
	if len(f.found) == 1 && f.found[0].err != nil && f.found[0].prefix == root {
		return nil, f.found[0].err
	}
	slices.SortFunc(f.found, func(a, b *branch) int { return strings.Compare(a.prefix, b.prefix) })
	return f.found, nil
}

// finder goes down many folders at once.
type finder struct {
	*walk
	hands chan struct{}
	wait  sync.WaitGroup
	asked atomic.Int64 // folders outside the layout
	mu    sync.Mutex
	found []*branch
}

func (f *finder) add(b *branch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, b)
}

// folder decides what to do about a folder; outside counts the levels above it
// that are not in the layout.
func (f *finder) folder(key string, outside int) {
	if f.misses(key) {
		return
	}
	scope := f.l.scope
	switch at := levelOf(key); {
	case at == days:
		f.region(key)
	case at == regions && len(scope.Regions) > 0:
		f.named(key, scope.Regions)
	case at == accounts && len(scope.Accounts) > 0:
		f.named(key, scope.Accounts)
	case at == loose && (outside > maxLoose || f.asked.Add(1) > maxAsked):
		f.add(&branch{prefix: key})
	default:
		f.wait.Add(1)
		go func() {
			defer f.wait.Done()
			f.names(key, at, outside)
		}()
	}
}

// misses says whether no key below the folder has the prefix that is asked for.
func (f *finder) misses(key string) bool {
	below := strings.TrimPrefix(key, f.root)
	return !strings.HasPrefix(below, f.prefix) && !strings.HasPrefix(f.prefix, below)
}

// named goes into subfolders whose names are known, without asking for them.
func (f *finder) named(key string, names []string) {
	for _, n := range slices.Compact(slices.Sorted(slices.Values(names))) {
		f.folder(key+n+"/", 0)
	}
}

// region adds a region's folder, or one below it, as far as its days are
// wanted.
func (f *finder) region(key string) {
	b := &branch{prefix: key}
	k, _ := source.ParseKey(key)
	from, to := f.l.scope.Delivery()
	top, ok := regionFolder(key, k.Region)
	if k.Kind == "CloudTrail-Lake" || !ok {
		f.add(b)
		return
	}
	if !from.IsZero() {
		b.from = top + dayFolder(from)
		if b.from > key && !strings.HasPrefix(b.from, key) {
			return // all of it is before
		}
		if b.from <= key {
			b.from = ""
		}
	}
	if !to.IsZero() {
		b.to = top + dayFolder(to.AddDate(0, 0, 1))
		if b.to <= key {
			return // all of it is after
		}
	}
	f.add(b)
}

// regionFolder is the part of a key up to its region's folder.
func regionFolder(key, region string) (string, bool) {
	i := strings.LastIndex(key, "/"+region+"/")
	if region == "" || i < 0 {
		return "", false
	}
	return key[:i+len(region)+2], true
}

// names asks for the names of the folders in a folder, and goes into those
// that are wanted; objects that lie in it are a branch of their own.
func (f *finder) names(key string, at level, outside int) {
	f.hands <- struct{}{}
	folders, objects, err := f.children(key)
	<-f.hands
	if err != nil {
		f.add(&branch{prefix: key, err: err})
		return
	}
	if len(objects) > 0 {
		f.add(&branch{prefix: key, listed: objects})
	}
	if at == loose && len(folders) > maxWide {
		for _, folder := range folders {
			f.add(&branch{prefix: folder})
		}
		return
	}
	for _, folder := range folders {
		name := strings.TrimSuffix(strings.TrimPrefix(folder, key), "/")
		switch {
		case hidden(name):
			f.l.hidden.Add(1)
		case !f.enters(at, name):
			if at == kinds && !strings.HasPrefix(name, "CloudTrail") {
				f.l.client.meter.PassOver(f.l.name(folder))
			}
		case at == loose:
			f.folder(folder, outside+1)
		default:
			f.folder(folder, 0)
		}
	}
}

// enters says whether a subfolder can hold what is wanted.
func (f *finder) enters(at level, name string) bool {
	switch at {
	case owners, accounts:
		return !isAccount(name) || f.l.scope.WantsAccount(name)
	case kinds:
		if f.l.scope.Digests {
			return name == kindDigest
		}
		return strings.HasPrefix(name, "CloudTrail") && (name != kindDigest || !f.passesDigests())
	case regions:
		return f.l.scope.WantsRegion(name)
	}
	return true
}

// children are the folders and objects in a folder.
func (f *finder) children(key string) (folders []string, objects []source.Object, err error) {
	in := &s3.ListObjectsV2Input{Prefix: &key, Delimiter: aws.String("/")}
	for {
		out, err := f.l.page(f.ctx, in)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range out.CommonPrefixes {
			folders = append(folders, aws.ToString(p.Prefix))
		}
		for _, c := range out.Contents {
			if o := f.l.object(c, f.root); f.wants(o) {
				objects = append(objects, o)
			}
		}
		if !aws.ToBool(out.IsTruncated) || out.NextContinuationToken == nil {
			return folders, objects, nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}
