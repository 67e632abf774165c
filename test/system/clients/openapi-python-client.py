"""Uploads a data set, trains on it, follows the job and predicts, by the client of openapi-python-client."""

import sys
import time

from fitserve_client import Client
from fitserve_client.api.data_sets import upload_dataset
from fitserve_client.api.jobs import get_job, submit_job
from fitserve_client.api.prediction import predict
from fitserve_client.models import JobRequest, JobState, PredictRequest, Recipe, UploadDatasetFilesBody
from fitserve_client.types import File

url, path = sys.argv[1:]
client = Client(base_url=url, raise_on_unexpected_status=True)
with open(path, "rb") as file:
    form = UploadDatasetFilesBody(file=File(payload=file, file_name="reviews.csv", mime_type="text/csv"))
    dataset = upload_dataset.sync(client=client, name="python", body=form)
order = JobRequest(model="python", dataset=dataset.id, recipe=Recipe(epochs=2))
job = submit_job.sync(client=client, body=order)
while job.state in (JobState.QUEUED, JobState.ACTIVE):
    time.sleep(0.2)
    job = get_job.sync(job.id, client=client)
answer = predict.sync(client=client, body=PredictRequest(model="python", text="A wonderful film"))
print(dataset.rows, job.state.value, job.version, answer.label)
