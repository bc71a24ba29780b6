package athenasql

// Statements of the Trino grammar.
type (
	// QueryStatement is a query on its own.
	QueryStatement struct {
		At
		Query *Query
	}
	// Explain is EXPLAIN [ANALYZE [VERBOSE]] [(options)] statement.
	Explain struct {
		At
		Analyze, Verbose bool
		Format           string // "TEXT", "GRAPHVIZ", "JSON"; "" is TEXT
		Type             string // "LOGICAL", "DISTRIBUTED", "VALIDATE", "IO"; "" is DISTRIBUTED
		Statement        Statement
	}
	// Prepare is PREPARE name FROM statement; SQL is the statement's text.
	Prepare struct {
		At
		Name      Identifier
		Statement Statement
		SQL       string
	}
	// Execute is EXECUTE name [USING args], or EXECUTE IMMEDIATE 'sql' [USING].
	Execute struct {
		At
		Name      Identifier
		Immediate bool
		SQL       string
		Using     []Expr
	}
	// Deallocate is DEALLOCATE PREPARE name.
	Deallocate struct {
		At
		Name Identifier
	}
	// CreateView is CREATE [OR REPLACE] VIEW; SQL is the query's text.
	CreateView struct {
		At
		Name    QualifiedName
		Replace bool
		Query   *Query
		SQL     string
	}
	// DropView is DROP VIEW [IF EXISTS].
	DropView struct {
		At
		Name     QualifiedName
		IfExists bool
	}
	// ShowCreateView is SHOW CREATE VIEW.
	ShowCreateView struct {
		At
		Name QualifiedName
	}
	// ShowFunctions is SHOW FUNCTIONS [LIKE 'pattern'].
	ShowFunctions struct {
		At
		Like string
	}
	// CreateTableAs is CREATE TABLE … [WITH (…)] AS query.
	CreateTableAs struct {
		At
		Name        QualifiedName
		IfNotExists bool
		Columns     []Identifier
		Properties  []Property
		Query       *Query
		NoData      bool
	}
	// Insert is INSERT INTO table [(columns)] query.
	Insert struct {
		At
		Table   QualifiedName
		Columns []Identifier
		Query   *Query
	}
	// Unload is UNLOAD (query) TO 's3://…' WITH (…).
	Unload struct {
		At
		Query      *Query
		To         string
		Properties []Property
	}
)

// Property is name = value of a WITH clause.
type Property struct {
	At
	Name  Identifier
	Value Expr
}

// Statements of the Hive-like grammar. Names are kept as written, without
// back-ticks; types in Hive's spelling, lower-case, without blanks.
type (
	// CreateTable is CREATE EXTERNAL TABLE.
	CreateTable struct {
		At
		Name                      QualifiedName
		IfNotExists               bool
		Columns, PartitionedBy    []ColumnDef
		Comment                   string
		SerDe                     string
		SerDeProperties           []KeyValue
		Delimited                 bool   // ROW FORMAT DELIMITED
		StoredAs                  string // STORED AS PARQUET: "PARQUET"
		InputFormat, OutputFormat string
		Location                  string
		Properties                []KeyValue
	}
	// CreateDatabase is CREATE DATABASE|SCHEMA.
	CreateDatabase struct {
		At
		Name        Identifier
		IfNotExists bool
		Comment     string
		Location    string
		Properties  []KeyValue
	}
	// DropDatabase is DROP DATABASE|SCHEMA.
	DropDatabase struct {
		At
		Name     Identifier
		IfExists bool
		Cascade  bool
	}
	// DropTable is DROP TABLE.
	DropTable struct {
		At
		Name     QualifiedName
		IfExists bool
	}
	// AlterTable is ALTER TABLE with one action.
	AlterTable struct {
		At
		Name   QualifiedName
		Action AlterAction
	}
	// RepairTable is MSCK REPAIR TABLE.
	RepairTable struct {
		At
		Name QualifiedName
	}
	// ShowDatabases is SHOW DATABASES|SCHEMAS [LIKE 're'].
	ShowDatabases struct {
		At
		Like string
	}
	// ShowTables is SHOW TABLES [IN db] ['re'].
	ShowTables struct {
		At
		Database *Identifier
		Like     string
	}
	// ShowViews is SHOW VIEWS [IN db] [LIKE 're'].
	ShowViews struct {
		At
		Database *Identifier
		Like     string
	}
	// ShowColumns is SHOW COLUMNS IN|FROM table [IN|FROM db].
	ShowColumns struct {
		At
		Name QualifiedName
	}
	// ShowPartitions is SHOW PARTITIONS table.
	ShowPartitions struct {
		At
		Name QualifiedName
	}
	// ShowTblProperties is SHOW TBLPROPERTIES table [('key')].
	ShowTblProperties struct {
		At
		Name QualifiedName
		Key  string
	}
	// ShowCreateTable is SHOW CREATE TABLE.
	ShowCreateTable struct {
		At
		Name QualifiedName
	}
	// Describe is DESCRIBE|DESC [EXTENDED|FORMATTED] name [PARTITION …] [column].
	Describe struct {
		At
		Name     QualifiedName
		Extended bool
		Column   string
	}
)

// ColumnDef is a column of a CREATE TABLE.
type ColumnDef struct {
	At
	Name    Identifier
	Type    string
	Comment string
}

// KeyValue is 'key'='value' of a property list.
type KeyValue struct{ Key, Value string }

// PartitionSpec is (key='value', …), with the location that may follow.
type PartitionSpec struct {
	At
	Keys     []Identifier
	Values   []string
	Location string
}

// AlterAction is what an ALTER TABLE does.
type AlterAction interface{ alterAction() }

// The actions of ALTER TABLE.
type (
	// AddPartitions is ADD [IF NOT EXISTS] PARTITION ….
	AddPartitions struct {
		IfNotExists bool
		Partitions  []PartitionSpec
	}
	// DropPartitions is DROP [IF EXISTS] PARTITION ….
	DropPartitions struct {
		IfExists   bool
		Partitions []PartitionSpec
	}
	// RenamePartition is PARTITION … RENAME TO PARTITION ….
	RenamePartition struct{ From, To PartitionSpec }
	// SetLocation is [PARTITION …] SET LOCATION '…'.
	SetLocation struct {
		Partition *PartitionSpec
		Location  string
	}
	// SetProperties is SET TBLPROPERTIES (…).
	SetProperties struct{ Properties []KeyValue }
	// AddColumns is ADD COLUMNS (…).
	AddColumns struct{ Columns []ColumnDef }
	// ReplaceColumns is REPLACE COLUMNS (…).
	ReplaceColumns struct{ Columns []ColumnDef }
	// ChangeColumn is CHANGE [COLUMN] old new type [COMMENT …] [FIRST|AFTER c].
	ChangeColumn struct {
		Old   Identifier
		New   ColumnDef
		First bool
		After *Identifier
	}
)

func (*AddPartitions) alterAction()   {}
func (*DropPartitions) alterAction()  {}
func (*RenamePartition) alterAction() {}
func (*SetLocation) alterAction()     {}
func (*SetProperties) alterAction()   {}
func (*AddColumns) alterAction()      {}
func (*ReplaceColumns) alterAction()  {}
func (*ChangeColumn) alterAction()    {}

func (*QueryStatement) statement()    {}
func (*Explain) statement()           {}
func (*Prepare) statement()           {}
func (*Execute) statement()           {}
func (*Deallocate) statement()        {}
func (*CreateView) statement()        {}
func (*DropView) statement()          {}
func (*ShowCreateView) statement()    {}
func (*ShowFunctions) statement()     {}
func (*CreateTableAs) statement()     {}
func (*Insert) statement()            {}
func (*Unload) statement()            {}
func (*CreateTable) statement()       {}
func (*CreateDatabase) statement()    {}
func (*DropDatabase) statement()      {}
func (*DropTable) statement()         {}
func (*AlterTable) statement()        {}
func (*RepairTable) statement()       {}
func (*ShowDatabases) statement()     {}
func (*ShowTables) statement()        {}
func (*ShowViews) statement()         {}
func (*ShowColumns) statement()       {}
func (*ShowPartitions) statement()    {}
func (*ShowTblProperties) statement() {}
func (*ShowCreateTable) statement()   {}
func (*Describe) statement()          {}
