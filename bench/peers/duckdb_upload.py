"""A file as DuckDB turns it into Parquet by its defaults, on all cores.

Arguments: a CSV, NDJSON or Parquet file, and options of read_csv such as parallel=false for a file that DuckDB does not read
without them.
"""

import json
import os
import sys
import tempfile
import time

import duckdb

file, *options = sys.argv[1:]
source = f"read_csv('{file}', {', '.join(options)})" if options else f"'{file}'"

with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "table.parquet")
    start = time.perf_counter()
    duckdb.sql(f"COPY (SELECT * FROM {source}) TO '{target}'")
    print(json.dumps({"seconds": time.perf_counter() - start}))
