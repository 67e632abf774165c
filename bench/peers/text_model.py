"""A scikit-learn pipeline of film reviews, trained once and kept. Arguments: a CSV file with text and label, a file."""

import csv
import gzip
import os
import sys

import joblib
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

csv.field_size_limit(10**8)


def read_rows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def trained(path, kept):
    """The pipeline in the file `kept`, which is made from the CSV file at `path` where it is missing."""
    if os.path.exists(kept):
        return joblib.load(kept)
    rows = read_rows(path)
    model = make_pipeline(
        CountVectorizer(binary=True, max_features=10_000), LogisticRegression(C=0.05, max_iter=200)
    )
    model.fit([row["text"] for row in rows], [row["label"] for row in rows])
    joblib.dump(model, kept + ".part")
    os.replace(kept + ".part", kept)
    return model


if __name__ == "__main__":
    trained(sys.argv[1], sys.argv[2])
