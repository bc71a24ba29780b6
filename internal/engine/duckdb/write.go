package duckdb

import (
	"context"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
	"github.com/leasttrail/leasttrail/internal/query"
)

// compressions are DuckDB's names for Athena's.
var compressions = map[string]string{"NONE": "uncompressed", "UNCOMPRESSED": "uncompressed", "GZIP": "gzip", "SNAPPY": "snappy", "ZSTD": "zstd", "LZ4": "lz4"}

// WriteParquet runs a query and writes its rows to out.Target: one file, or, for
// the last out.Partitioned columns, key=value folders. It runs in an engine of
// its own that can reach what is below out.Folder and nothing else.
func (e *Engine) WriteParquet(ctx context.Context, q *bind.Query, set query.Settings, out query.ParquetOut) (query.Stats, int64, error) {
	r := e.newRun(ctx, set)
	r.writes = true
	text, err := r.print(q, access{folders: []string{out.Folder}}, ducksql.PrintNamed)
	if err != nil {
		r.end(errClosed)
		return query.Stats{}, 0, err
	}
	options := "FORMAT parquet, COMPRESSION " + compressions[out.Compression]
	if n := len(q.Names); out.Partitioned > 0 {
		keys := make([]string, out.Partitioned)
		for i, name := range q.Names[n-out.Partitioned:] {
			keys[i] = quoteName(name)
		}
		options += ", PARTITION_BY (" + strings.Join(keys, ", ") + "), FILENAME_PATTERN " + quoteText(out.Name+"_{i}")
	}
	rs, err := r.start("COPY ("+text+") TO "+quoteText(out.Target)+" ("+options+")", []*types.Type{types.BigintT})
	if err != nil {
		return query.Stats{}, 0, err
	}
	defer rs.Close()
	var n int64
	for rs.Next() {
		n, _ = rs.Row()[0].(int64)
	}
	return rs.Stats(), n, rs.Err()
}
