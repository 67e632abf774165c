"""What the FastAPI peers have in common: the request, the answer, and one uvicorn worker on a free port."""

import socket

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Request(BaseModel):
    model: str
    text: str


def serve(probability):
    """Serves `POST /predict`. @param probability: a text in, the probability of `pos` out"""
    app = FastAPI()

    @app.get("/health/live")
    async def live():
        return {"status": "ok"}

    @app.post("/predict")
    async def predict(request: Request):
        # A coroutine and no thread: the work is short, and a pool of threads costs more than it gives.
        pos = probability(request.text)
        label = "pos" if pos >= 0.5 else "neg"
        probabilities = {"neg": 1 - pos, "pos": pos}
        return {"model": "reviews", "version": 1, "label": label, "score": pos, "probabilities": probabilities}

    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    # Without a log line for each request; uvloop and httptools are installed and found by uvicorn itself.
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
