// Uploads a data set, trains on it, follows the job and predicts, by the client of oapi-codegen.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"fitserve.test/client"
)

func main() {
	ctx := context.Background()
	api, err := client.NewClientWithResponses(os.Args[1])
	check(err)
	file, err := os.Open(os.Args[2])
	check(err)
	upload := client.UploadDatasetParams{Name: "go"}
	uploaded, err := api.UploadDatasetWithBodyWithResponse(ctx, &upload, "text/csv", file)
	check(err)
	dataset := uploaded.JSON201
	if dataset == nil {
		// The service has had the same file before.
		dataset = uploaded.JSON200
	}
	epochs, text, model := 2, "A wonderful film", "go"
	order := client.JobRequest{Model: model, Dataset: dataset.Id, Recipe: &client.Recipe{Epochs: &epochs}}
	job, err := api.SubmitJobWithResponse(ctx, &client.SubmitJobParams{}, order)
	check(err)
	state, version := job.JSON202.State, job.JSON202.Version
	for state == "queued" || state == "active" {
		time.Sleep(200 * time.Millisecond)
		now, err := api.GetJobWithResponse(ctx, job.JSON202.Id)
		check(err)
		trained, err := now.JSON200.AsJob()
		check(err)
		state, version = trained.State, trained.Version
	}
	answer, err := api.PredictWithResponse(ctx, client.PredictRequest{Model: &model, Text: &text})
	check(err)
	fmt.Println(dataset.Rows, state, *version, *answer.JSON200.Label)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
