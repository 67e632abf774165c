"""Uploads a data set, trains on it, follows the job and predicts, by the Python client of openapi-generator."""

import sys
import time

import openapi_client

url, path = sys.argv[1:]
with openapi_client.ApiClient(openapi_client.Configuration(host=url)) as client:
    with open(path, "rb") as file:
        dataset = openapi_client.DataSetsApi(client).upload_dataset(name="generated", body=file.read())
    jobs = openapi_client.JobsApi(client)
    recipe = openapi_client.Recipe(epochs=2)
    job = jobs.submit_job(openapi_client.JobRequest(model="generated", dataset=dataset.id, recipe=recipe))
    while job.state in ("queued", "active"):
        time.sleep(0.2)
        job = jobs.get_job(job.id).actual_instance
    request = openapi_client.PredictRequest(model="generated", text="A wonderful film")
    answer = openapi_client.PredictionApi(client).predict(request)
print(dataset.rows, job.state.value, job.version, answer.label)
