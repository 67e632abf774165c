"""A file as polars turns it into Parquet by its defaults, on all cores.

Argument: a CSV, NDJSON or Parquet file, as its name's ending says.
"""

import json
import os
import sys
import tempfile
import time

import polars

READERS = {".csv": polars.read_csv, ".ndjson": polars.read_ndjson, ".parquet": polars.read_parquet}

file = sys.argv[1]
read = READERS[os.path.splitext(file)[1]]

with tempfile.TemporaryDirectory() as folder:
    start = time.perf_counter()
    read(file).write_parquet(os.path.join(folder, "table.parquet"))
    print(json.dumps({"seconds": time.perf_counter() - start}))
