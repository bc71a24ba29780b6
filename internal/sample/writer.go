package sample

import (
	"math/rand/v2"
	"time"
)

// company in action: trail holds what all files of one trail share.
type trail struct {
	options  Options
	accounts []string
	actors   []*actor
	shared   []*actor // those of Options.Shares
	vars     []variableDef
	names    map[string]variable
}

// writer makes the records of one file.
type writer struct {
	*trail
	rng             *rand.Rand
	buf             []byte
	records         int
	account, region string
	file            *file
	limit           int // own events to make

	// the present run
	actor   *actor
	session string
	agent   string
	now     time.Time
	values  []string // of variables, by index; "" is none yet
	clean   []variable
}

func (t *trail) newWriter(f *file) *writer {
	return &writer{
		trail: t, file: f, limit: f.own,
		rng:     rand.New(rand.NewPCG(t.options.Seed, uint64(f.index)+1)),
		account: t.accounts[f.account], region: f.region,
		values: make([]string, len(t.vars)),
	}
}

// fill writes the whole file's JSON into w.buf.
func (w *writer) fill() {
	w.buf = append(w.buf[:0], `{"Records":[`...)
	w.ownEvents()
	for _, c := range w.file.cross {
		w.crossRecord(c)
	}
	if again := w.file.again; again != nil {
		earlier := w.newWriter(again)
		earlier.buf = w.buf
		earlier.records = w.records
		earlier.limit = w.file.againN
		earlier.ownEvents()
		w.buf, w.records = earlier.buf, earlier.records
	}
	w.buf = append(w.buf, `]}`...)
}

// ownEvents makes the file's own events, run by run. Its random numbers come
// from the file's own source in a fixed order, so that the first n events are
// the same however many are asked for.
func (w *writer) ownEvents() {
	made := 0
	quotas := append([]int(nil), w.file.quotas...)
	for made < w.limit {
		i := w.chooseShare(quotas, w.file.own-made)
		room := w.file.own - made
		if i >= 0 {
			w.actor = w.shared[i]
			room = quotas[i]
		} else {
			w.actor = w.chooseActor()
			for _, q := range quotas {
				room -= q
			}
		}
		n := w.perform(room, made)
		if i >= 0 {
			quotas[i] -= n
		}
		made += n
	}
}

// chooseShare draws one of the users with a fixed share in proportion to what
// they still have to do in this file; -1 is anybody else.
func (w *writer) chooseShare(quotas []int, left int) int {
	if len(quotas) == 0 {
		return -1
	}
	at := w.rng.IntN(left)
	for i, q := range quotas {
		if at < q {
			return i
		}
		at -= q
	}
	return -1
}

// chooseActor draws somebody who works in this account at this time.
func (w *writer) chooseActor() *actor {
	var total float64
	for _, a := range w.actors {
		total += w.presence(a)
	}
	at := w.rng.Float64() * total
	for _, a := range w.actors {
		if at -= w.presence(a); at < 0 {
			return a
		}
	}
	return w.actors[0]
}

func (w *writer) presence(a *actor) float64 {
	if a.account >= 0 && a.account != w.file.account {
		return 0
	}
	if a.office {
		return a.weight * busy(w.file.start)
	}
	return a.weight
}

// perform lets the actor do one run, of at most room events, and says how many
// it made: none if everything in it belongs to another region.
func (w *writer) perform(room, made int) int {
	for i := range w.values {
		w.values[i] = ""
	}
	a := w.actor
	w.session = w.hex(20)
	if len(a.sessions) > 0 {
		w.session = a.sessions[w.rng.IntN(len(a.sessions))]
	}
	w.agent = a.name
	if len(a.agents) > 0 {
		w.agent = a.agents[w.rng.IntN(len(a.agents))]
	}
	chosen := a.runs[0]
	at := w.rng.Float64() * a.total
	for _, r := range a.runs {
		if at -= r.weight; at < 0 {
			chosen = r
			break
		}
	}
	n := 0
	for _, s := range chosen.steps {
		if s.event.global && w.region != "us-east-1" {
			continue
		}
		for range s.min + w.rng.IntN(s.max-s.min+1) {
			if n == room || made+n == w.limit {
				return n
			}
			w.tick(made + n)
			w.record(s.event, s.how)
			n++
		}
	}
	return n
}

// tick sets the time of the file's i-th event. Events lie roughly, not exactly,
// in order.
func (w *writer) tick(i int) {
	part := w.file.window * time.Duration(i) / time.Duration(w.file.own)
	w.now = w.file.start.Add(part + time.Duration(w.rng.IntN(20))*time.Second).Truncate(time.Second)
}

// named is the value of a variable by its name.
func (w *writer) named(name string) string { return w.value(w.names[name]) }

// value is what a variable stands for here and now.
func (w *writer) value(v variable) string {
	if s := w.values[v]; s != "" {
		return s
	}
	def := &w.vars[v]
	s := def.make(w)
	if def.scope != perUse {
		w.values[v] = s
	}
	if def.scope == perEvent {
		w.clean = append(w.clean, v)
	}
	return s
}

// endEvent forgets the values that last for one event.
func (w *writer) endEvent() {
	for _, v := range w.clean {
		w.values[v] = ""
	}
	w.clean = w.clean[:0]
}

// put writes a template.
func (w *writer) put(t template) {
	for i := range t {
		if t[i].text != "" {
			w.buf = append(w.buf, t[i].text...)
		} else {
			w.buf = append(w.buf, w.value(t[i].which)...)
		}
	}
}
