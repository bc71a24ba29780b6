package athenasql

import "regexp"

// eventDataStore is how an event data store is named without quotes.
var eventDataStore = regexp.MustCompile(`^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\$\{?[A-Za-z][A-Za-z0-9_]*\}?)`)

// placeholder is what published queries have where the reader is to write the
// name of an event data store.
var placeholder = regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9_ -]*>`)

// dataStore is the length of the event data store's name that s begins with; 0
// if there is none.
func (l *lexer) dataStore(s string) int {
	if !l.lake {
		return 0
	}
	n := len(eventDataStore.FindString(s))
	if n == 0 && l.place {
		n = len(placeholder.FindString(s))
	}
	if n < len(s) && (isWordStart(s[n]) || isDigit(s[n])) && n > 0 {
		return 0
	}
	return n
}
