package cloudtrail

import (
	"bytes"
	"fmt"
	"strings"
)

// column is a column of the Event history's CSV download.
type column uint8

const (
	colUserName column = iota
	colAccessKey
	colEventTime
	colEventSource
	colEventName
	colRegion
	colSourceIP
	colUserAgent
	colErrorCode
	colResources
	colRequestID
	colEventID
	colReadOnly
	colEventType
	colAccount
	colCategory
	columns // how many there are
)

// tableColumns are the header of the download and the record fields that the
// columns stand for; those of userIdentity and resources are written apart.
// Source: header of a real download, danomisik/design_provision_and_monitor_aws_infra.
var tableColumns = [columns]struct{ header, field string }{
	colUserName:    {"User name", ""},
	colAccessKey:   {"AWS access key", ""},
	colEventTime:   {"Event time", "eventTime"},
	colEventSource: {"Event source", "eventSource"},
	colEventName:   {"Event name", "eventName"},
	colRegion:      {"AWS region", "awsRegion"},
	colSourceIP:    {"Source IP address", "sourceIPAddress"},
	colUserAgent:   {"User agent", "userAgent"},
	colErrorCode:   {"Error code", "errorCode"},
	colResources:   {"Resources", ""},
	colRequestID:   {"Request ID", "requestID"},
	colEventID:     {"Event ID", "eventID"},
	colReadOnly:    {"Read-only", "readOnly"},
	colEventType:   {"Event type", "eventType"},
	colAccount:     {"Recipient Account Id", "recipientAccountId"},
	colCategory:    {"Event category", "eventCategory"},
}

// table is an Event history CSV under way. Its columns are found by their
// headers, so that a copy with some of them left out or moved is read too.
type table struct {
	at    []int    // the column of each cell, -1 if unknown
	lake  []string // for CloudTrail Lake's results: the field of each cell, "" if unknown
	cells [][]byte
	text  []byte // of cells that held doubled quotes
}

// tableShape names the CSV that the content begins with, by a header that has
// at least the columns that make a record: the Event history's, or a saved
// result of CloudTrail Lake's; "" if it is none.
func tableShape(b []byte) string {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		end = len(b)
	}
	var t table
	if end > 4096 || t.split(b[:end], 0, true) < 0 {
		return ""
	}
	t.header()
	switch {
	case t.lake != nil:
		return "lake-csv"
	case t.has(colEventTime) && t.has(colEventSource) && t.has(colEventName):
		return "event-history-csv"
	}
	return ""
}

func (t *table) header() {
	t.at = make([]int, len(t.cells))
	for i := range t.at {
		t.at[i] = -1
	}
	for i, cell := range t.cells {
		name := strings.TrimSpace(string(cell))
		for c, known := range tableColumns {
			if strings.EqualFold(name, known.header) && !t.has(column(c)) {
				t.at[i] = c
			}
		}
	}
	t.lakeHeader()
}

func (t *table) has(c column) bool {
	for _, at := range t.at {
		if at == int(c) {
			return true
		}
	}
	return false
}

// split reads one row as RFC 4180 has it, with LF or CRLF, and gives the
// position of the next one: more if the row goes on beyond b, bad if a quoted
// cell is followed by something else than a comma or line end. last says that
// nothing follows b.
func (t *table) split(b []byte, p int, last bool) int {
	t.cells, t.text = t.cells[:0], t.text[:0]
	for {
		var cell []byte
		var end int
		if p < len(b) && b[p] == '"' {
			cell, end = t.quoted(b, p+1)
		} else {
			end = p
			for end < len(b) && b[end] != ',' && b[end] != '\n' {
				end++
			}
			cell = b[p:end]
			if end == len(b) || b[end] == '\n' {
				cell = bytes.TrimSuffix(cell, []byte{'\r'})
			}
		}
		if end < 0 || end >= len(b) && !last {
			return more
		}
		t.cells = append(t.cells, cell)
		switch {
		case end >= len(b):
			return end
		case b[end] == ',':
			p = end + 1
			continue
		case b[end] == '\n':
			return end + 1
		case b[end] == '\r' && end+1 < len(b) && b[end+1] == '\n':
			return end + 2
		case b[end] == '\r' && end+1 >= len(b):
			if last {
				return end + 1
			}
			return more
		}
		return bad
	}
}

// quoted reads a quoted cell whose content begins at p; end is behind the
// closing quote, or more.
func (t *table) quoted(b []byte, p int) (cell []byte, end int) {
	from := p
	text := -1
	for {
		i := bytes.IndexByte(b[p:], '"')
		if i < 0 {
			return nil, more
		}
		p += i
		if p+1 >= len(b) || b[p+1] != '"' {
			break
		}
		if text < 0 {
			text = len(t.text)
		}
		t.text = append(t.text, b[from:p+1]...)
		p += 2
		from = p
	}
	if text < 0 {
		return b[from:p], p + 1
	}
	t.text = append(t.text, b[from:p]...)
	return t.text[text:len(t.text):len(t.text)], p + 1
}

// csvRow reads the next row of the Event history's CSV and makes the record
// of it that the columns tell.
func (s *Scanner) csvRow() bool {
	in, t := &s.in, s.csv
	next := 0
	for {
		if in.pos >= in.n && !s.more() {
			s.done = true
			return false
		}
		if next = t.split(in.buf[:in.n], in.pos, in.ends()); next != more {
			break
		}
		if !s.more() {
			if !s.done { // the end may have shown only now: the row goes up to it
				next = t.split(in.buf[:in.n], in.pos, in.ends())
			}
			break
		}
	}
	from := in.pos
	switch {
	case s.done:
		return false
	case next < 0:
		what := "a quoted cell does not end"
		if next == bad {
			what = "a quoted cell is followed by something else than a comma"
		} else if in.err != nil {
			what, in.err = in.ended()+", in the middle of a row", nil
		}
		s.damage(from, what)
		if !s.done {
			s.passLine()
		}
		return false
	}
	in.pos = next
	switch {
	case t.at == nil:
		t.header()
	case len(t.cells) == 1 && len(bytes.TrimSpace(t.cells[0])) == 0: // an empty line
	case len(t.cells) != len(t.at):
		s.damage(from, fmt.Sprintf("a row of %d cells under a header of %d", len(t.cells), len(t.at)))
	default:
		return s.csvRecord(from)
	}
	return false
}

// csvRecord makes the current record from the cells of a row. Empty cells
// become absent fields. A CSV has no ARN, type or account of the caller, no
// parameters and no error message.
func (s *Scanner) csvRecord(from int) bool {
	var row [columns][]byte
	for i, at := range s.csv.at {
		if at >= 0 {
			row[at] = s.csv.cells[i]
		}
	}
	b := append(s.inner[:0], '{')
	if s.csv.lake != nil {
		b = s.csv.lakeRecord(b[:0])
	} else if b = s.tableRecord(b, &row, from); s.done {
		return false
	}
	s.inner = b
	s.w.containers = false
	end := s.w.record(s.inner, 0)
	if end < 0 {
		s.damage(from, "the row makes no record")
		return false
	}
	if !s.w.marksRecord(s.inner) {
		s.skip(from, "a row without event name and source")
		return false
	}
	s.has = hasHigh
	s.accept(s.inner, 0, end)
	s.offset = s.in.base + int64(from)
	return true
}

// tableRecord adds what a row of the Event history's CSV tells.
func (s *Scanner) tableRecord(b []byte, row *[columns][]byte, from int) []byte {
	if len(row[colUserName])+len(row[colAccessKey]) > 0 {
		b = append(b, `"userIdentity":{`...)
		b = appendMember(b, "userName", row[colUserName])
		b = appendMember(b, "accessKeyId", row[colAccessKey])
		b = append(b, '}')
	}
	for c, known := range tableColumns {
		switch cell := row[c]; {
		case column(c) == colResources:
			var ok bool
			if b, ok = appendResources(b, cell); !ok {
				s.damage(from, "the Resources cell is no JSON array of resources")
			}
		case column(c) == colReadOnly && (string(cell) == "true" || string(cell) == "false"):
			b = append(appendName(b, "readOnly"), cell...)
		case known.field != "":
			b = appendMember(b, known.field, cell)
		}
	}
	return append(b, '}')
}

// appendName begins a member.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, '"'), name...)
	return append(b, `":`...)
}

// appendMember adds a text member, unless the text is empty.
func appendMember(b []byte, name string, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	return appendString(appendName(b, name), text)
}

// appendString adds a JSON string.
func appendString(b, text []byte) []byte {
	b = append(b, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendResources adds the resources that the CSV's cell lists as
// [{"resourceType":"AWS::S3::Bucket","resourceName":"…"}]. The name, which the
// console gives as an ARN or as a bare name, goes into ARN as it is.
func appendResources(b, cell []byte) ([]byte, bool) {
	if len(bytes.TrimSpace(cell)) == 0 {
		return b, true
	}
	var t tokens
	from := t.space(cell, 0)
	if cell[from] != '[' {
		return b, false
	}
	end := t.value(cell, from)
	if end < 0 || t.space(cell, end) < len(cell) {
		return b, false
	}
	if at, _ := checkStrings(cell, from, end); at >= 0 {
		return b, false
	}
	b = append(appendName(b, "resources"), '[')
	for e := range Elements(cell[from:end]) {
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, '{')
		for name, v := range Members(e.Text) {
			switch {
			case v.Kind != String:
			case string(name) == "resourceName":
				b = appendMember(b, "ARN", v.Text)
			case string(name) == "resourceType":
				b = appendMember(b, "type", v.Text)
			}
		}
		b = append(b, '}')
	}
	return append(b, ']'), true
}
