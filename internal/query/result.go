package query

// Kind is Athena's StatementType.
type Kind string

// The kinds of statement (GetQueryExecution, StatementType).
const (
	DDL     Kind = "DDL"
	DML     Kind = "DML"
	Utility Kind = "UTILITY"
)

// Result is what a statement gave.
type Result struct {
	Kind Kind
	// Sub is Athena's SubstatementType: SELECT, SHOW_TABLES, CREATE_VIEW …
	Sub string
	// Columns is empty for a statement without a result.
	Columns []Column
	// Rows is never nil and must be closed.
	Rows Rows
	// HeaderRow says whether Athena's files and pages begin with the column
	// names: for DML and SHOW FUNCTIONS, not for DDL and UTILITY.
	HeaderRow bool
	// Joined says that Athena hands out each row as one value, with tabs
	// between what Rows has apart (DESCRIBE).
	Joined bool
	// UpdateCount is nil where Athena leaves it out.
	UpdateCount *int64
	// Written are the files that CREATE TABLE AS, INSERT or UNLOAD made, as
	// locations.
	Written []string
}

// Close closes the rows.
func (r *Result) Close() error { return r.Rows.Close() }

// memoryRows are rows that are there already.
type memoryRows struct {
	rows  [][]any
	pos   int
	stats Stats
}

// NewRows returns Rows over values in memory.
func NewRows(rows [][]any) Rows { return &memoryRows{rows: rows} }

func (m *memoryRows) Next() bool {
	if m.pos >= len(m.rows) {
		return false
	}
	m.pos++
	return true
}

func (m *memoryRows) Row() []any   { return m.rows[m.pos-1] }
func (m *memoryRows) Err() error   { return nil }
func (m *memoryRows) Close() error { return nil }
func (m *memoryRows) Stats() Stats { return m.stats }
