package activity

import (
	"slices"
	"strings"
)

// field is one column of source: its name and its SQL over the table.
type field struct{ name, sql string }

// source writes the common part of every question: a WITH that ends in
// "selected", one row for each call that counts, with the identity's fields
// and the fields asked for. fuller orders two forms of one event, the better
// first, over the table's columns; it may be empty.
//
// A call delivered twice has one eventID; records without an eventID are never
// taken for copies of another. A record whose addendum says UPDATED_DATA takes
// the place of its original. Copies that other accounts got of one call share
// its sharedEventID: that of the caller's own account counts.
// Source: AWS CloudTrail User Guide, "CloudTrail record contents" (eventID,
// sharedEventID, addendum) and its note on at-least-once delivery.
func (s Selector) source(t *table, fields []field, fuller string) string {
	all := append(identityFields(t), fields...)
	where := s.records(t)
	if len(s.AccessKeys) > 0 {
		where = append(where, in(t.text(idAccessKey), s.AccessKeys))
	}
	id := s.identities(t)
	if id != nil {
		where = append(where, or(id.wide))
	}
	collapse := !s.KeepDuplicates && t.has("eventid")
	var b strings.Builder
	b.WriteString("WITH delivered AS (\n  SELECT\n")
	if collapse {
		all = append(all, deliveryFields(t, fuller)...)
	}
	for i, f := range all {
		b.WriteString("    " + f.sql + " AS " + f.name)
		if i < len(all)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("  FROM " + t.name + "\n")
	if len(where) > 0 {
		b.WriteString("  WHERE " + strings.Join(where, "\n    AND ") + "\n")
	}
	b.WriteString(")")
	var last []string
	if collapse {
		last = append(last, "(event_id IS NULL OR delivery = 1)")
	}
	if collapse && t.has("sharedeventid") {
		b.WriteString(onceDelivered(all))
		last = []string{"(shared_id IS NULL OR copy = 1)"}
	}
	if id != nil {
		last = append(last, or(id.exact))
	}
	from := "delivered"
	if collapse && t.has("sharedeventid") {
		from = "once"
	}
	b.WriteString(",\nselected AS (\n  SELECT " + names(all) + "\n  FROM " + from)
	if len(last) > 0 {
		b.WriteString("\n  WHERE " + strings.Join(last, "\n    AND "))
	}
	b.WriteString("\n)\n")
	return b.String()
}

// identityFields are the columns by which a call's principal is told.
func identityFields(t *table) []field {
	null := func(path string) string { return "nullif(" + t.text(path) + ", '')" }
	role := t.text(idType) + " = 'AssumedRole'"
	return []field{
		{"caller_type", null(idType)},
		{"caller_arn", null(idARN)},
		{"caller_name", null(idUserName)},
		{"caller_account", null(idAccount)},
		{"issuer_type", null(issuerType)},
		{"issuer_arn", null(issuerARN)},
		{"issuer_name", null(issuerName)},
		{"invoked_by", null(idInvokedBy)},
		{"recipient", null(recipientAcct)},
		{"unique_id", "CASE WHEN " + role + " AND " + t.text(issuerID) + " IS NOT NULL THEN " + t.text(issuerID) + " ELSE " + null(idPrincipal) + " END"},
		{"principal_arn", "CASE WHEN " + role + " AND " + t.text(issuerARN) + " IS NOT NULL THEN " + t.text(issuerARN) + " ELSE " + null(idARN) + " END"},
		{"event_time", t.text("eventtime")},
	}
}

// deliveryFields are the columns by which repeated deliveries are told.
func deliveryFields(t *table, fuller string) []field {
	eventID := "nullif(" + t.text("eventid") + ", '')"
	key, order := eventID, []string{}
	if t.has("addendum.reason") && t.has("addendum.originaleventid") {
		updated := t.text("addendum.reason") + " = 'UPDATED_DATA'"
		key = "coalesce(CASE WHEN " + updated + " THEN nullif(" + t.text("addendum.originaleventid") + ", '') END, " + eventID + ")"
		order = append(order, "CASE WHEN "+updated+" THEN 0 ELSE 1 END")
	}
	order = append(order, "CASE WHEN "+t.isNull(idType)+" THEN 1 ELSE 0 END")
	if fuller != "" {
		order = append(order, fuller)
	}
	order = append(order, t.text("eventtime"), t.text("errorcode"))
	fields := []field{
		{"event_id", key},
		{"delivery", "row_number() OVER (PARTITION BY " + key + " ORDER BY " + strings.Join(order, ", ") + ")"},
	}
	if t.has("sharedeventid") {
		fields = append(fields, field{"shared_id", "nullif(" + t.text("sharedeventid") + ", '')"})
	}
	return fields
}

// onceDelivered ranks the accounts' copies of one call. All records of the
// best account have rank 1, for sharedEventID also ties events of one account.
func onceDelivered(all []field) string {
	return ",\nonce AS (\n  SELECT " + names(all) + ",\n" +
		"    rank() OVER (PARTITION BY coalesce(shared_id, event_id) ORDER BY CASE WHEN recipient = caller_account THEN 0 ELSE 1 END, recipient) AS copy\n" +
		"  FROM delivered\n  WHERE event_id IS NULL OR delivery = 1\n)"
}

func names(fields []field) string {
	list := make([]string, 0, len(fields))
	for _, f := range fields {
		if f.name != "delivery" {
			list = append(list, f.name)
		}
	}
	return strings.Join(list, ", ")
}

func or(conditions []string) string {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return "(" + strings.Join(slices.Clone(conditions), " OR ") + ")"
}
