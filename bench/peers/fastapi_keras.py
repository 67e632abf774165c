"""The book's network behind FastAPI.

Arguments: a CSV file, a file (.npz) to keep what was trained in, and how the model is asked: `call`, `traced`, `predict`.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

from served import serve
from text_model import read_rows

# The server has one core: more threads would only take turns on it.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def network():
    return keras.Sequential(
        [
            keras.Input((10_000,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def train(path, kept):
    rows = read_rows(path)
    texts = tf.constant([row["text"] for row in rows])
    labels = tf.constant([[row["label"] == "pos"] for row in rows], tf.float32)
    words = keras.layers.TextVectorization(
        max_tokens=10_000, output_mode="multi_hot", pad_to_max_tokens=True
    )
    words.adapt(texts, batch_size=512)
    model = network()
    model.compile("rmsprop", "binary_crossentropy")
    data = tf.data.Dataset.from_tensor_slices((texts, labels)).batch(512)
    model.fit(data.map(lambda batch, truth: (words(batch), truth)), epochs=3, verbose=0)
    weights = {f"weights{at}": value for at, value in enumerate(model.get_weights())}
    part = kept.replace(".npz", ".part.npz")
    np.savez(part, vocabulary=np.array(words.get_vocabulary()), **weights)
    os.replace(part, kept)


def restored(kept):
    """From a text to a probability in one model, as the book does it for production."""
    file = np.load(kept)
    words = keras.layers.TextVectorization(
        max_tokens=10_000,
        output_mode="multi_hot",
        pad_to_max_tokens=True,
        vocabulary=file["vocabulary"].tolist()[1:],
    )
    inner = network()
    inner.set_weights([file[f"weights{at}"] for at in range(len(inner.weights))])
    inputs = keras.Input((), dtype="string")
    return keras.Model(inputs, inner(words(inputs)))


if not os.path.exists(sys.argv[2]):
    train(sys.argv[1], sys.argv[2])
model = restored(sys.argv[2])
traced = tf.function(
    lambda texts: model(texts, training=False), input_signature=[tf.TensorSpec((1,), tf.string)]
)
WAYS = {
    "call": lambda texts: model(texts, training=False),
    "traced": traced,
    "predict": lambda texts: model.predict(texts, verbose=0),
}
way = WAYS[sys.argv[3]]


def probability(text):
    return float(way(tf.constant([text]))[0, 0])


probability("The first call builds what the others use.")
serve(probability)
