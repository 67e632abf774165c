"""A file as DuckDB turns it into Parquet by its defaults, on all cores. Argument: a CSV, NDJSON or Parquet file."""

import json
import os
import sys
import tempfile
import time

import duckdb

with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "table.parquet")
    start = time.perf_counter()
    duckdb.sql(f"COPY (SELECT * FROM '{sys.argv[1]}') TO '{target}'")
    print(json.dumps({"seconds": time.perf_counter() - start}))
