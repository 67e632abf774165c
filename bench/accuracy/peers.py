"""Measures other libraries' models, at their defaults, on the folds of the accuracy benchmark.

Usage: peers.py FOLDER FOLDS NAME…. Writes peers.json: by table and model, for each of the first FOLDS folds, the absolute
errors or log losses of its rows and the number of right classes. What is there already is not measured again.
"""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from sklearn import ensemble, linear_model
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
LEAST = 1e-6
# Boosting takes no sparse rows, and minutes for more.
MOST_TERMS = 5_000


def models(task):
    kind = "Regressor" if task == "regression" else "Classifier"
    linear = (
        {"ridge": linear_model.RidgeCV(np.logspace(-3, 4, 22)), "lasso": linear_model.LassoCV()}
        if task == "regression"
        else {"logistic": linear_model.LogisticRegression(max_iter=2_000)}
    )
    return {
        "histGradientBoosting": getattr(ensemble, f"HistGradientBoosting{kind}")(random_state=0),
        "lightgbm": getattr(lightgbm, f"LGBM{kind}")(random_state=0, verbose=-1, n_jobs=1),
        "randomForest": getattr(ensemble, f"RandomForest{kind}")(random_state=0),
        "extraTrees": getattr(ensemble, f"ExtraTrees{kind}")(random_state=0),
        **linear,
    }


def encoder(frame):
    if list(frame) == ["text"]:
        return ColumnTransformer([("text", TfidfVectorizer(min_df=2, max_features=MOST_TERMS, sublinear_tf=True), "text")])
    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    others = [name for name in frame if name not in numbers]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            ("classes", OneHotEncoder(handle_unknown="ignore", sparse_output=False), others),
        ]
    )


def dense(inputs):
    """Histogram boosting takes no sparse rows."""
    return inputs.toarray() if hasattr(inputs, "toarray") else inputs


def measure(model, task, train, held, train_target, held_target):
    """Returns the losses of held-out rows, and how many of them have the right class."""
    encode = encoder(train)
    model.fit(dense(encode.fit_transform(train)), train_target)
    inputs = dense(encode.transform(held))
    if task == "regression":
        return {"losses": np.abs(model.predict(inputs) - held_target).tolist(), "right": 0}
    shares = model.predict_proba(inputs)
    classes = list(model.classes_)
    own = np.array([shares[row, classes.index(each)] if each in classes else 0 for row, each in enumerate(held_target)])
    right = np.array(classes)[shares.argmax(axis=1)] == held_target
    return {"losses": (-np.log(np.clip(own, LEAST, 1))).tolist(), "right": int(right.sum())}


def main(folder: Path, most_folds: int, names) -> None:
    path = folder / "peers.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for name in names:
        table = json.loads((folder / f"{name}.json").read_text())
        task, fold_of, frame = table["task"], np.array(table["folds"]), pd.DataFrame(table["rows"])
        target = frame.pop("target")
        target = target if task == "regression" else target.astype(str)
        by_model = known.setdefault(name, {})
        for label in models(task):
            folds = by_model.setdefault(label, [])
            for fold in range(len(folds), min(most_folds, fold_of.max() + 1)):
                there = fold_of == fold
                rows = frame[~there], frame[there], target[~there].to_numpy(), target[there].to_numpy()
                folds.append(measure(models(task)[label], task, *rows))
        print(name, {label: round(mean_of(folds), 4) for label, folds in by_model.items()}, flush=True)
        path.with_suffix(".part").write_text(json.dumps(known))
        path.with_suffix(".part").replace(path)


def mean_of(folds) -> float:
    return float(np.concatenate([fold["losses"] for fold in folds]).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
