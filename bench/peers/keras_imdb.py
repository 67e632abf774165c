"""The book's film reviews, from the first import to the trained network. Arguments: a CSV file, epochs."""

import json
import os
import sys
import time

start = time.perf_counter()
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import pandas as pd

imported = time.perf_counter()
rows = pd.read_csv(sys.argv[1])
texts = rows["text"].to_numpy(dtype=object)
labels = (rows["label"] == "pos").to_numpy(np.float32)
read = time.perf_counter()

# The book gets the words as numbers; from texts it takes this layer, fitted on the training rows.
validation = len(texts) * 2 // 5
words = keras.layers.TextVectorization(max_tokens=10_000, output_mode="multi_hot")
words.adapt(texts[validation:], batch_size=512)
encoded = np.concatenate(
    [np.asarray(words(texts[at : at + 1000]), dtype=np.float32) for at in range(0, len(texts), 1000)]
)
tokenized = time.perf_counter()

model = keras.Sequential(
    [
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(
    encoded[validation:],
    labels[validation:],
    epochs=int(sys.argv[2]),
    batch_size=512,
    validation_data=(encoded[:validation], labels[:validation]),
    verbose=0,
)
fitted = time.perf_counter()
print(
    json.dumps(
        {
            "import": imported - start,
            "read": read - imported,
            "tokenize": tokenized - read,
            "fit": fitted - tokenized,
            "accuracy": max(history.history["val_accuracy"]),
        }
    )
)
