"""CSV files as columns, text in and text out; the numbers are written so that they read back as the same floats."""
import csv
import os

import numpy


def write_table(path, columns, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[field if isinstance(field, (str, int)) else repr(float(field)) for field in row] for row in rows])


def read_table(path):
    """Returns the column names and the rows, as lists of text."""
    with open(path, encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    return columns, rows


def read_features(path):
    """Returns ids, feature names, features (float32, one row a sample) and labels (float32, 1 is malignant)."""
    columns, rows = read_table(path)
    names = [name for name in columns if name not in ("id", "malignant")]
    at = [columns.index(name) for name in names]
    ids = [row[columns.index("id")] for row in rows]
    features = numpy.array([[float(row[i]) for i in at] for row in rows], dtype=numpy.float32)
    labels = numpy.array([float(row[columns.index("malignant")]) for row in rows], dtype=numpy.float32)
    return ids, names, features, labels
