package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
)

// WriteJSON writes events as the console's JSON download is: an object with
// the Records, on one line.
func WriteJSON(w io.Writer, events iter.Seq2[*Event, error]) (n int64, err error) {
	before := `{"Records":[`
	for e, err := range events {
		if err != nil {
			return n, err
		}
		if _, err := fmt.Fprintf(w, "%s%s", before, e.Record); err != nil {
			return n, err
		}
		before = ","
		n++
	}
	if n > 0 {
		before = ""
	}
	_, err = io.WriteString(w, before+"]}\n")
	return n, err
}

// header is the first line of the console's CSV download.
const header = "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\n"

// WriteCSV writes events as the console's CSV download is, byte for byte: 16
// columns, quotes only where they are needed, LF at the end of a line. Its
// form was taken from real downloads.
func WriteCSV(w io.Writer, events iter.Seq2[*Event, error]) (n int64, err error) {
	if _, err := io.WriteString(w, header); err != nil {
		return 0, err
	}
	var line bytes.Buffer
	for e, err := range events {
		if err != nil {
			return n, err
		}
		f := &e.fields
		line.Reset()
		for i, cell := range []string{
			e.Username, e.AccessKeyID, f.EventTime, f.EventSource, f.EventName, f.AwsRegion, f.SourceIPAddress, f.UserAgent,
			f.ErrorCode, resourceCell(e.Resources), f.RequestID, f.EventID, e.readOnly(), f.EventType, f.RecipientAccountID, f.EventCategory,
		} {
			if i > 0 {
				line.WriteByte(',')
			}
			writeCell(&line, cell)
		}
		line.WriteByte('\n')
		if _, err := w.Write(line.Bytes()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// writeCell quotes a cell where RFC 4180 asks for it.
func writeCell(b *bytes.Buffer, cell string) {
	if !strings.ContainsAny(cell, ",\"\r\n") {
		b.WriteString(cell)
		return
	}
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(cell, `"`, `""`))
	b.WriteByte('"')
}

// resourceCell is the list of resources as the CSV has it; nothing for none.
func resourceCell(list []Resource) string {
	if len(list) == 0 {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(list) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
