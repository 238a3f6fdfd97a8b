"""Wall time of Polars for the same file as `cargo bench --bench read`, every column as text, on one thread.

pip install polars; python benches/polars_read.py ROSTER.csv"""

import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"
import polars  # noqa: E402 (the number of threads is read when it is imported)

times = []
for _ in range(5):
    start = time.perf_counter()
    frame = polars.read_csv(sys.argv[1], infer_schema=False)
    times.append(time.perf_counter() - start)
    rows = frame.height
    del frame
print(f"polars {polars.__version__}, {rows} rows: best {min(times):.3f} s, median {sorted(times)[2]:.3f} s")
