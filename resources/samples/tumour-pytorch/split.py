"""Splits the tumours by a hash of their id: a tumour stays in its part whatever is added or removed beside it."""
import hashlib

from parameters import read_parameters
from table import read_table, write_table

parameters = read_parameters("split")


def part_of(identifier):
    digest = hashlib.sha256(f"{parameters['salt']}:{identifier}".encode()).digest()
    place = int.from_bytes(digest[:4], "big") / 2**32 * 100
    if place < parameters["test"]:
        return "test"
    return "validation" if place < parameters["test"] + parameters["validation"] else "train"


columns, rows = read_table("data/tumours.csv")
parts = {"train": [], "validation": [], "test": []}
for row in rows:
    parts[part_of(row[columns.index("id")])].append(row)
for name, part in parts.items():
    write_table(f"data/{name}.csv", columns, part)
    print(f"data/{name}.csv: {len(part)} tumours")
