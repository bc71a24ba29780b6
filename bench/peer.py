"""Distinct (eventType, eventSource, eventName) of one user, in plain Python: a
peer in the benchmarks."""
import gzip
import json
import pathlib
import sys

folder, user = sys.argv[1:]
found = set()
for path in pathlib.Path(folder).rglob("*.json.gz"):
    with gzip.open(path) as f:
        for r in json.load(f)["Records"]:
            if r["userIdentity"].get("userName") == user:
                found.add((r.get("eventType"), r["eventSource"], r["eventName"]))
print(len(found), "rows")
