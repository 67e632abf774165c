"""Measures other libraries' models, at their defaults, on the folds of the accuracy benchmark.

Usage: peers.py FOLDER [NAME…]. Writes peers.json: by table and model the mean over all held-out rows of the absolute
error or the log loss, its standard error, and of classes the accuracy.
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
        return ColumnTransformer([("text", TfidfVectorizer(min_df=2, sublinear_tf=True), "text")])
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


def losses(model, task, train, held, train_target, held_target):
    encode = encoder(train)
    model.fit(dense(encode.fit_transform(train)), train_target)
    inputs = dense(encode.transform(held))
    if task == "regression":
        return np.abs(model.predict(inputs) - held_target), None
    shares = model.predict_proba(inputs)
    classes = list(model.classes_)
    own = np.array([shares[row, classes.index(each)] if each in classes else 0 for row, each in enumerate(held_target)])
    right = np.array(classes)[shares.argmax(axis=1)] == held_target
    return -np.log(np.clip(own, LEAST, 1)), right


def main(folder: Path, names) -> None:
    path = folder / "peers.json"
    tables = sorted(each.stem for each in folder.glob("*.json") if each != path)
    result = json.loads(path.read_text()) if path.exists() else {}
    for name in names or tables:
        table = json.loads((folder / f"{name}.json").read_text())
        task, fold_of, frame = table["task"], np.array(table["folds"]), pd.DataFrame(table["rows"])
        target = frame.pop("target")
        target = target if task == "regression" else target.astype(str)
        result[name] = {}
        for label, model in models(task).items():
            all_losses, all_right = [], []
            for fold in range(fold_of.max() + 1):
                there = fold_of == fold
                loss, right = losses(
                    model, task, frame[~there], frame[there], target[~there].to_numpy(), target[there].to_numpy()
                )
                all_losses.append(loss)
                all_right.append(right)
            loss = np.concatenate(all_losses)
            result[name][label] = {
                "loss": float(loss.mean()),
                "error": float(loss.std(ddof=1) / np.sqrt(len(loss))),
                **({} if task == "regression" else {"accuracy": float(np.concatenate(all_right).mean())}),
            }
        print(name, {label: round(each["loss"], 4) for label, each in result[name].items()}, flush=True)
        path.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
