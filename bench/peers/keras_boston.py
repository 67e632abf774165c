"""How long a step of the book's network for house prices takes at batch size 1. Arguments: a CSV file, epochs."""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import pandas as pd

rows = pd.read_csv(sys.argv[1])
targets = rows.pop("medv").to_numpy()
inputs = rows.to_numpy(dtype="float32")
inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
# One of the four folds of the book is left out.
training = len(inputs) * 3 // 4

model = keras.Sequential(
    [
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])


def fit(epochs):
    start = time.perf_counter()
    model.fit(inputs[:training], targets[:training], epochs=epochs, batch_size=1, verbose=0)
    return time.perf_counter() - start


fit(1)
epochs = int(sys.argv[2])
print(json.dumps({"step": fit(epochs) / (epochs * training), "steps": 4 * 100 * training}))
