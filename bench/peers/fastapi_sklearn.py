"""The usual Python way: a scikit-learn pipeline behind FastAPI. Argument: a CSV file with text and label."""

import csv
import gzip
import socket
import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

csv.field_size_limit(10**8)
path = sys.argv[1]
with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf8", newline="") as file:
    rows = list(csv.DictReader(file))
model = make_pipeline(
    CountVectorizer(binary=True, max_features=10_000), LogisticRegression(C=0.05, max_iter=200)
)
model.fit([row["text"] for row in rows], [row["label"] for row in rows])


class Request(BaseModel):
    model: str
    text: str


app = FastAPI()


@app.get("/health/live")
def live():
    return {"status": "ok"}


@app.post("/predict")
async def predict(request: Request):
    # A coroutine and no thread: the work is short, and a pool of threads costs more than it gives.
    [neg, pos] = model.predict_proba([request.text])[0].tolist()
    label = "pos" if pos >= 0.5 else "neg"
    return {"model": "reviews", "version": 1, "label": label, "score": pos, "probabilities": {"neg": neg, "pos": pos}}


listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
