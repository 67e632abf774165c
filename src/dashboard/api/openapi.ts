// Written by `npm run openapi` from openapi.yaml.

export interface paths {
    "/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List data sets, the newest of each name
         * @description Each item has the first 100 columns, and no counts of classes. `GET /datasets/{dataset}` has all of it. With `name`, all data sets that this name has pointed at are listed, the newest first.
         */
        get: operations["listDatasets"];
        put?: never;
        /**
         * Upload a data set
         * @description Send the file as the body, with its media type, or in the field `file` of a form. Bodies may be compressed with gzip. The response describes each column, and its warnings list what was guessed. Uploading the same file under the same name again returns 200 and the same id. Send NDJSON as `application/x-ndjson`. A JSON object with a `url` fetches the file, as `POST /datasets/import` does. A body without a media type, or with the default one of curl, is read as CSV.
         */
        post: operations["uploadDataset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List rows
         * @description Returns rows in the order of the file.
         */
        get: operations["listRows"];
        put?: never;
        /**
         * Append rows to a data set
         * @description Creates a new data set under the same name: the rows of the newest one, followed by the rows of the file, whose columns and types must match. Concurrent appends to a name are all kept, one after the other. If you append to the id of the newest data set instead of its name, repeating the request changes nothing, and 412 means that there is a newer data set by now.
         */
        post: operations["appendRows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fetch a data set
         * @description Fetches the file from `url` (`https://`, `s3://` or `file:///`) and stores it like an upload. The setting `DATASET_SOURCES` of the service lists the allowed places; without it, nothing is fetched. The response comes when the data set has been read. The same file with the same options returns 200 and the same id.
         */
        post: operations["importDataset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describe a data set
         * @description Describes each column from all rows (range, quantiles, most frequent values), counts repeated rows, and lists the warnings about how the file was read.
         */
        get: operations["getDataset"];
        put?: never;
        post?: never;
        /**
         * Delete a data set
         * @description Answers 409 while a job that has not ended needs the data set. Models that were trained on it stay.
         */
        delete: operations["deleteDataset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}/distributions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describe how the values of columns are distributed
         * @description Returns for each column a histogram (numbers and dates), the most frequent values (categories), or lengths and most frequent words (texts). With more than 50,000 rows a random sample of about that size is used, always the same one; `sampled` is its number of rows. A page has at most 100 columns.
         */
        get: operations["listDistributions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}/overlap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the rows that two data sets have in common
         * @description Counts rows that are equal in all columns that both data sets have: for example rows of a test set that are also in the training data. Columns that number or identify rows are not compared, unless there are no others. Cells of different types are compared as texts, or as numbers if one of them is a number.
         */
        get: operations["getOverlap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasets/{dataset}/rejects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the lines that could not be read
         * @description Lists the lines that an upload with `onError=skip` left out, with the reason for each.
         */
        get: operations["listRejects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Lists the newest jobs first. A page filtered by `state` may have fewer items than `limit`, even none, and still have a `next`: about 500 jobs are looked at for each page.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Train a model
         * @description Queues a job and returns at once. Follow it with `GET /jobs/{id}` or `GET /jobs/{id}/events`, or send `Prefer: wait=30` to wait up to 30 seconds for its end. If you leave out the recipe, the service chooses one from the columns. If an equal job has completed before, it is returned with `reused: true`; `force` trains again. `?dryRun=true` does the same as `POST /dry-run`.
         */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check an order without training
         * @description Completes and checks the order of a job, and estimates its cost. Nothing is stored or queued. The answer has the recipe that would be trained, with every default filled in.
         */
        post: operations["checkJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a job
         * @description Returns the state of a job and, once it is `completed`, the number of the new version.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Cancel a job
         * @description The state is `cancelling` until the training process has ended.
         */
        delete: operations["cancelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the metrics by epoch of a job, which may still be running
         * @description Grows with each epoch.
         */
        get: operations["getJobHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/trials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the trials of a search, the best first
         * @description Each trial is one recipe of the search.
         */
        get: operations["listTrials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what happened to a job, newest first
         * @description Returns the submission of the job and its newest 50 attempts and rounds: when they started, who cancelled or retried the job, and how it ended.
         */
        get: operations["getJobLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Order a failed or cancelled job again
         * @description Starts another attempt with the same order.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a job
         * @description Sends `progress` events with the job's progress, and at the end one event `completed`, `failed` or `cancelled` with the job. After `Last-Event-ID` only later events are sent. A client that reconnects after the last event gets 204, which stops browsers from reconnecting.
         */
        get: operations["followJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models, the most recently changed first
         * @description Each item has the aliases, the newest version, the tags and the beginning of the description. `name` and `tag` filter the list.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a model
         * @description Returns the versions, the aliases and the schedule of a model.
         */
        get: operations["getModel"];
        put?: never;
        post?: never;
        /**
         * Delete a model with all its versions
         * @description Answers 409 while an alias points at one of the versions. Their numbers are never used again.
         */
        delete: operations["deleteModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the changes of a model, newest first
         * @description Lists publications, promotions, moves of aliases and deletions.
         */
        get: operations["getModelLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Point an alias at a version
         * @description From now on, requests for the alias use this version. Requests that name no version use `production`.
         */
        put: operations["setAlias"];
        post?: never;
        /**
         * Delete an alias
         * @description A model without the alias `production` answers only requests that name a version or another alias.
         */
        delete: operations["deleteAlias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Point production at its previous version
         * @description Calling it again moves one version further back.
         */
        post: operations["rollBack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/retrain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Train production's recipe again, on newer data or with changes
         * @description Without a body, the recipe is trained on the newest data set of the name it was trained on.
         */
        post: operations["retrainModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List versions
         * @description Lists the newest versions first; `tag` and `where` filter them. A page with `where` may have fewer items than `limit`, even none, and still have a `next`: at most about 100 versions are searched for each page.
         */
        get: operations["listVersions"];
        put?: never;
        /**
         * Publish a version from an archive
         * @description Takes an archive from `/export` and publishes it under the next number of this model.
         */
        post: operations["importVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a version with its manifest
         * @description Returns the recipe, data set, metrics, files and evaluations of a version.
         */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        /**
         * Delete a version
         * @description Answers 409 while an alias points at the version. Its number is never used again.
         */
        delete: operations["deleteVersion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/evaluate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Evaluate a version on another data set
         * @description Each data set is evaluated once; later requests return the same evaluation.
         */
        post: operations["evaluateVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/signature": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what a version takes and answers
         * @description With an example row, and a request that can be sent to `/predict` as it is.
         */
        get: operations["getSignature"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the JSON Schema of a row
         * @description The schema (draft 2020-12) of `features`, for forms, validators and generators of types. `/predict` also reads values from the texts that the training file has.
         */
        get: operations["getRowSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the metrics by epoch
         * @description Returns loss and metrics of each epoch of the training.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/evaluation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the evaluation on the validation rows
         * @description Returns metrics, baseline, curves, and the confusion matrix or residuals.
         */
        get: operations["getEvaluation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the metrics of the newest versions of several models
         * @description For lists of models, which would need a request for each version otherwise. The metrics are those of the rows that measured a version when it was trained. Models that do not exist, or that the key is not for, are left out.
         */
        get: operations["listTrends"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what counts for a version
         * @description Returns the importance of columns, the terms that speak most for and against each class, and the mean answer by the values of a column, measured on rows that the version held out. It is computed with the first request, which may take minutes, and kept. See docs/explaining.md.
         */
        get: operations["getExplanation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List rows behind the figures of a version
         * @description Returns held-out rows with predictions of networks that were not trained on them: the worst or most uncertain ones, probable label errors, those in a cell of the confusion matrix, or those near a pair of true and predicted numbers. `format` selects CSV or NDJSON. See docs/explaining.md.
         */
        get: operations["listVersionRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the schedule of a model
         * @description Returns the times, the order of each run and the outcome of the last one.
         */
        get: operations["getSchedule"];
        /**
         * Set the schedule of a model
         * @description Starts a job at each time of the cron expression, as `POST /models/{name}/retrain` does with the other fields.
         */
        put: operations["setSchedule"];
        post?: never;
        /**
         * Delete the schedule of a model
         * @description Jobs that it has already started continue.
         */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set how many versions of a model are kept
         * @description Older versions are retired now and after each publication: never one that an alias points at. Retired versions are deleted.
         */
        put: operations["setSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/description": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set the description and tags of a model
         * @description What the body leaves out stays as it is; `tags` replaces all tags. The descriptions and tags of a model and all its versions may take up 256 KiB. Find models by a tag with `GET /models?tag=`.
         */
        put: operations["describeModel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/description": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set the description and tags of a version
         * @description What the body leaves out stays as it is; `tags` replaces all tags. The descriptions and tags of a model and all its versions may take up 256 KiB. Find versions by a tag with `GET /models/{name}/versions?tag=`.
         */
        put: operations["describeVersion"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/threshold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a version with another threshold, without training
         * @description Publishes a new version with the network of this one, which answers the positive one of two classes from another probability on: a number, or what a rule chooses out of the answers to held-out rows. The evaluation of the new version is measured from that threshold on. See docs/recipes.md.
         */
        post: operations["setThreshold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export a version as an archive
         * @description A tar file with export.json, manifest.json and the files that the manifest names.
         */
        get: operations["exportVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/versions/{version}/plots/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Draw a plot of a version
         * @description The plots that a version has depend on its task: `loss` and `metric` always, `confusion`, `roc`, `residuals` and others where they apply. `importance`, `terms` and `feature-<name>` (the mean answer by the values of a column, with its name percent-encoded) show the explanation of the version, which is computed with the first request for it and may take minutes.
         */
        get: operations["getPlot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/plots/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Draw a plot of a job, which may still be running
         * @description Shows the epochs that have ended so far.
         */
        get: operations["getJobPlot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict rows
         * @description Answers one row (`text` or `features`), or each of several in their order (`texts` or `rows`). The header `X-Request-Timeout-Ms` sets the milliseconds in which the answer must be ready, from 1 to 86,400,000; otherwise the status is 503 with `deadline-exceeded`. A stream has no deadline. A `text/csv` body is accepted too, and `Accept: text/csv` returns CSV: see `POST /predict/csv`.
         */
        post: operations["predict"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict rows by one model
         * @description Answers one row (`text` or `features`), or each of several in their order (`texts` or `rows`). The header `X-Request-Timeout-Ms` sets the milliseconds in which the answer must be ready, from 1 to 86,400,000; otherwise the status is 503 with `deadline-exceeded`. A stream has no deadline. A `text/csv` body is accepted too, and `Accept: text/csv` returns CSV: see `POST /predict/csv`.
         */
        post: operations["predictByModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict rows of CSV
         * @description The first line has the column names, and each further line is a row, as in the file that the model was trained on; the target and other columns of that file are ignored. The response has one line for each row, with the columns of a file of `POST /predictions`, or is JSON if `Accept` prefers that. `POST /predict` does the same for a body of this media type, and answers JSON unless `Accept` says `text/csv`.
         */
        post: operations["predictCsv"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/predict/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict rows of CSV by one model
         * @description The first line has the column names, and each further line is a row, as in the file that the model was trained on; the target and other columns of that file are ignored. The response has one line for each row, with the columns of a file of `POST /predictions`, or is JSON if `Accept` prefers that. `POST /predict` does the same for a body of this media type, and answers JSON unless `Accept` says `text/csv`.
         */
        post: operations["predictCsvByModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict any number of rows, line by line
         * @description Send a row on each line. The answer begins while rows are still being sent, and a bad row gets an error on its line. `POST /predict` does the same for a body of this media type.
         */
        post: operations["predictStream"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/predict/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict any number of rows by one model, line by line
         * @description Send a row on each line. The answer begins while rows are still being sent, and a bad row gets an error on its line. `POST /predict` does the same for a body of this media type.
         */
        post: operations["predictStreamByModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict the rows of a data set
         * @description Starts a job that predicts all rows of a data set with one version and stores the predictions in a file. It is listed, followed, cancelled and retried like other jobs. If the body is a file, see `POST /predictions/file`.
         */
        post: operations["orderPrediction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predictions/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict the rows of a file
         * @description Uploads the file as `POST /datasets` does, and orders a prediction of its rows as `POST /predictions` does, which takes such files too. The data set is kept under `name` until it is deleted.
         */
        post: operations["orderPredictionOfFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predictions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a prediction
         * @description Returns the state and, once it is `completed`, the address of the file with the answers.
         */
        get: operations["getPrediction"];
        put?: never;
        post?: never;
        /**
         * Delete the answers of a prediction
         * @description The prediction itself stays in the list of jobs. `DELETE /jobs/{id}` cancels one that has not ended.
         */
        delete: operations["deletePrediction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predictions/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the answers of a prediction
         * @description The header `Range` resumes a download that was cut off.
         */
        get: operations["getPredictionResult"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List changes, newest first
         * @description Lists every successful change that was requested over HTTP, with the name of the API key, and the API keys that were added to the file of keys, changed or removed (`addKey`, `changeKey`, `removeKey`). An entry with `"complete": false` belongs to a request that is still running, that ended with a status of 500 or above, or whose process crashed: it may have changed something. A filtered page may have fewer items than `limit`, even none, and still have a `next`: about 1,000 entries are read for each page.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete garbage
         * @description Deletes files that nothing refers to. The service also does this once a day.
         */
        post: operations["collectGarbage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what workers do
         * @description Counts the processes that take jobs, and tells which jobs they run and which models the next jobs are for. Folds, trials and ranges of rows count as jobs of their own. A key for some models sees and counts the jobs of these.
         */
        get: operations["getWorkload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/traffic": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how many predictions each model answers
         * @description Returns the prediction counts of `GET /metrics` by model, with p50 and p99, for about the last minute and since the start of the process that answers. If there are several processes, `process` says which one this is.
         */
        get: operations["getTraffic"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the process answers
         * @description Answers as long as the process runs, also under overload.
         */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check queue, store and models of this process
         * @description If a part is unreachable or damaged, the process is `degraded`: it predicts with the versions in memory. A process that is shutting down returns 503 with the reason `draining`, and still answers requests for `DRAIN_SECONDS`, until load balancers stop sending them.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read metrics for Prometheus
         * @description Returns counters, gauges and histograms in the text format of Prometheus. They are of all models, so a key for some models is refused.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what the caller may do
         * @description Without a key, or with an unknown one, the role is null where the service has keys, else `admin`.
         */
        get: operations["getAccess"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AliasRequest: {
            /** Format: int64 */
            version: number;
        };
        /**
         * @example {
         *       "description": "Reviews of films, in English.",
         *       "tags": {
         *         "team": "search",
         *         "stage": "test"
         *       }
         *     }
         */
        DescriptionRequest: {
            /** @description What it is for, as plain text; null or empty: no description. */
            description?: string | null;
            /** @description Values by key, which replace all tags before. A key follows the rules for names of models; a value is one line and may be empty. */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * @example {
         *       "threshold": {
         *         "recall": 0.9
         *       }
         *     }
         */
        ThresholdRequest: {
            threshold: components["schemas"]["Threshold"];
            /**
             * @description Whether the new version becomes `production`. Default: `always`.
             * @enum {string}
             */
            promote?: "always" | "never";
        };
        ScheduleRequest: {
            /** @description Minute, hour, day of month, month, day of week; with six fields a second first. */
            cron: string;
            /**
             * @description Of the IANA database. Default: `UTC`.
             * @example Asia/Seoul
             */
            timeZone?: string;
            dataset?: string;
            recipe?: {
                [key: string]: unknown;
            };
            promote?: components["schemas"]["Promote"];
            allowInputChanges?: boolean;
            /** @description Train although nothing has changed since the last time. Default: `true`. */
            force?: boolean;
            priority?: number;
            limits?: components["schemas"]["Limits"];
            webhook?: components["schemas"]["Webhook"];
            /** @description Sets how many of its newest versions the model keeps, as `PUT /models/{name}/settings` does. */
            keepVersions?: number;
        };
        RetrainRequest: {
            dataset?: string;
            recipe?: {
                [key: string]: unknown;
            };
            promote?: components["schemas"]["Promote"];
            allowInputChanges?: boolean;
            force?: boolean;
            priority?: number;
            limits?: components["schemas"]["Limits"];
            webhook?: components["schemas"]["Webhook"];
        };
        /**
         * @description Number of newest versions to keep; null: the setting `KEEP_VERSIONS`.
         * @example {
         *       "keepVersions": 10
         *     }
         */
        SettingsRequest: {
            keepVersions: number | null;
        };
        EvaluateRequest: {
            /** @description Id or name of a data set. */
            dataset: string;
        };
        DatasetImport: {
            /** @example reviews */
            name: string;
            /** @description Name of the file to read in a zip archive of several. */
            entry?: string;
            /** @description Name of the sheet of a spreadsheet, or its number from 1. Default: the first that has a value and is not hidden. */
            sheet?: string;
            /** @description The character between the fields of a CSV file, or `tab`. Default: the one that the header shows, else a comma. */
            delimiter?: string;
            /**
             * @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text.
             * @enum {string}
             */
            quotes?: "double" | "single" | "none" | "backslash";
            /** @description Whether the first line of a CSV file or a sheet names the columns. */
            header?: boolean;
            /** @description Lines above the table that are left out. */
            skip?: number;
            /**
             * @description What happens to a first column of a CSV file that has no name and counts the rows: it is left out, or kept as `index`.
             * @enum {string}
             */
            index?: "drop" | "keep";
            /** @enum {string} */
            onError?: "refuse" | "skip";
            /** @description Types of columns, for example `zip:category,rooms:number`. */
            types?: string;
            /** @description Forms of dates, for any column or for one: `%d.%m.%Y`, `born:%d/%m/%Y,at:%s`. The directives are those of `strptime`; `%s` are seconds and `%Q` milliseconds since 1970, `%E` days since 1900 as Excel counts them, `%q` a quarter, `%G-W%V` a week. */
            dates?: string;
            /**
             * @description Decimal sign of numbers that have two readings, such as 1,234; the other one separates thousands. Default: the one that the values of a column show.
             * @enum {string}
             */
            decimal?: "." | ",";
            /**
             * @description Encoding of a text file. Default: UTF-16 if the file begins with its byte order mark, else UTF-8.
             * @enum {string}
             */
            encoding?: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "iso-8859-1" | "cp949" | "euc-kr" | "windows-1250" | "windows-1251" | "windows-1253" | "windows-1254" | "windows-1257" | "koi8-r" | "shift_jis" | "euc-jp" | "gb18030" | "big5";
            /** @description Texts that count as missing in any column, separated by commas, in any case: `99,keine Angabe`. */
            missing?: string;
            /**
             * @description Address of the file, which `DATASET_SOURCES` of the service must allow.
             * @example https://data.example.com/houses.csv
             */
            url: string;
            /**
             * @description Format of the file. Default: by the extension in the URL, or by the content.
             * @enum {string}
             */
            format?: "csv" | "ndjson" | "parquet" | "xlsx" | "arrow";
        };
        /** @enum {string} */
        JobState: "queued" | "active" | "cancelling" | "completed" | "failed" | "cancelled";
        ExplainOptions: {
            /** @description Number of contributions that are listed, the largest first. Default: all. */
            top?: number;
            /** @description The class or label to explain. Default: of two classes the positive one, of several the predicted one, of labels the most likely. */
            label?: string;
            /** @description The target to explain, where there are several. Default: the first. */
            target?: string;
        };
        /** @description True, or options: adds an explanation to each prediction. At most 1,000 rows. See docs/explaining.md. */
        Explain: boolean | components["schemas"]["ExplainOptions"];
        /** @description Number of a version, or an alias. Default: `production`. */
        VersionChoice: number | string;
        /** @description Exactly one of `text`, `texts`, `features` and `rows` is given. */
        PredictModelRequest: {
            version?: components["schemas"]["VersionChoice"];
            text?: string | null;
            texts?: (string | null)[];
            /** @description A row by column name: texts, numbers and booleans. A missing value is null. */
            features?: {
                [key: string]: unknown;
            };
            rows?: {
                [key: string]: unknown;
            }[];
            /**
             * @description `refuse`, the default: one bad row refuses the request. `row`: bad rows get an error, the others a prediction.
             * @enum {string}
             */
            onError?: "refuse" | "row";
            /** @description True: each prediction has `notes` on values outside of what the training rows taught. Default: false. */
            notes?: boolean;
            explain?: components["schemas"]["Explain"];
            /**
             * Format: double
             * @description Regression: level of the prediction `interval`, the share of rows whose true value it contains, from 0.5 to 0.99.
             */
            interval?: number;
            /**
             * Format: double
             * @description Classifier: level of the prediction set in `labels`, the share of rows whose true class it contains, from 0.5 to 0.99.
             */
            set?: number;
            /**
             * Format: double
             * @description Classifier: `abstained` is true if the `confidence` is below this.
             */
            abstain?: number;
        };
        /** @description Exactly one of `text`, `texts`, `features` and `rows` is given. */
        PredictRequest: {
            /** @description May be left out if there is only one model. */
            model?: string;
            version?: components["schemas"]["VersionChoice"];
            text?: string | null;
            texts?: (string | null)[];
            /** @description A row by column name: texts, numbers and booleans. A missing value is null. */
            features?: {
                [key: string]: unknown;
            };
            rows?: {
                [key: string]: unknown;
            }[];
            /**
             * @description `refuse`, the default: one bad row refuses the request. `row`: bad rows get an error, the others a prediction.
             * @enum {string}
             */
            onError?: "refuse" | "row";
            /** @description True: each prediction has `notes` on values outside of what the training rows taught. Default: false. */
            notes?: boolean;
            explain?: components["schemas"]["Explain"];
            /**
             * Format: double
             * @description Regression: level of the prediction `interval`, the share of rows whose true value it contains, from 0.5 to 0.99.
             */
            interval?: number;
            /**
             * Format: double
             * @description Classifier: level of the prediction set in `labels`, the share of rows whose true class it contains, from 0.5 to 0.99.
             */
            set?: number;
            /**
             * Format: double
             * @description Classifier: `abstained` is true if the `confidence` is below this.
             */
            abstain?: number;
        };
        PredictionOrder: {
            /** @description Name of the model, alone or as `NAME@VERSION` with the number of a version or an alias. Default: the version in `production`. The version is fixed when the job is created. */
            model: string;
            /** @description Id of the data set, or the name under which it was uploaded. */
            dataset: string;
            /** @description Columns of the data set that the result repeats ahead of the answer, in this order. Default: none. */
            columns?: string[];
            /**
             * @description Default: `csv`.
             * @enum {string}
             */
            format?: "csv" | "ndjson" | "parquet";
            /** @description True: the scores of all classes, as columns `score_<class>`, or in NDJSON as the object `probabilities`. Default: `false`. */
            scores?: boolean;
            /** @description True: a column `notes` with notes on values outside of what the training rows taught, as JSON. Default: `false`. */
            notes?: boolean;
            /**
             * Format: double
             * @description Regression: level of the prediction `interval`, the share of rows whose true value it contains, from 0.5 to 0.99.
             */
            interval?: number;
            /**
             * Format: double
             * @description Classifier: level of the prediction set in `labels`, the share of rows whose true class it contains, from 0.5 to 0.99.
             */
            set?: number;
            /**
             * Format: double
             * @description Classifier: `abstained` is true if the `confidence` is below this.
             */
            abstain?: number;
            /** @description Stands before the names of the answer's columns, such as `predicted_`. Default: empty. */
            prefix?: string;
            priority?: number;
            limits?: components["schemas"]["Limits"];
            webhook?: components["schemas"]["Webhook"];
        };
        /** @enum {string} */
        Task: "binary" | "multiclass" | "multiLabel" | "regression";
        BagEncoder: {
            /**
             * @description `multiHot` is whether a term occurs, `count` how often, `tfIdf` its weighted frequency. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "multiHot" | "count" | "tfIdf";
            /** @description Most frequent terms that get an input. Default: 10,000. */
            numWords?: number;
            /** @description Occurrences below which a term is left out. Default: 1. */
            minCount?: number;
            /** @description Shortest and longest run of words or characters. Default: [1, 1]. */
            ngrams?: number[];
            /**
             * @description `word`; `char` takes characters within words; `charAcross` takes all characters. Default: `word`.
             * @enum {string}
             */
            analyzer?: "word" | "char" | "charAcross";
            /** @description Whether case is ignored. Default: true. */
            lowercase?: boolean;
            /** @description Whether HTML tags are removed. Default: true. */
            stripHtml?: boolean;
            /**
             * @description How characters beyond ASCII are read: `nfkc` unites lookalikes, such as full-width letters and ligatures, and ß with ss; `nfc` only spellings of one character. Default: `nfkc`.
             * @enum {string}
             */
            unicode?: "nfc" | "nfkc";
            /** @description Whether values are multiplied by the naive-Bayes ratio of the classes. Default: false. */
            naiveBayes?: boolean;
        };
        SequenceEncoder: {
            /**
             * @description The words of a text in their order. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "sequence";
            /** @description Most frequent terms that get an input. Default: 10,000. */
            numWords?: number;
            /** @description Occurrences below which a term is left out. Default: 1. */
            minCount?: number;
            /** @description Whether case is ignored. Default: true. */
            lowercase?: boolean;
            /** @description Whether HTML tags are removed. Default: true. */
            stripHtml?: boolean;
            /**
             * @description How characters beyond ASCII are read: `nfkc` unites lookalikes, such as full-width letters and ligatures, and ß with ss; `nfc` only spellings of one character. Default: `nfkc`.
             * @enum {string}
             */
            unicode?: "nfc" | "nfkc";
            /** @description Words of a text that are read. Default: 256. */
            maxLength?: number;
            /**
             * @description Where a shorter text is filled up. Default: `pre`.
             * @enum {string}
             */
            padding?: "pre" | "post";
            /**
             * @description Where a longer text is cut. Default: `pre`.
             * @enum {string}
             */
            truncating?: "pre" | "post";
            /** @description Numbers of a word's vector. Default: 16. */
            embedding?: number;
            /**
             * @description How the vectors of all words become one. Default: `average`.
             * @enum {string}
             */
            pooling?: "average" | "max" | "flatten";
        };
        Encoder: components["schemas"]["BagEncoder"] | components["schemas"]["SequenceEncoder"];
        SgdOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "sgd";
            /** Format: double */
            learningRate?: number;
            /** Format: double */
            momentum?: number;
            nesterov?: boolean;
        };
        RmspropOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "rmsprop";
            /** Format: double */
            learningRate?: number;
            /** Format: double */
            rho?: number;
            /** Format: double */
            momentum?: number;
            /** Format: double */
            epsilon?: number;
            centered?: boolean;
        };
        AdamOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "adam";
            /** Format: double */
            learningRate?: number;
            /** Format: double */
            beta1?: number;
            /** Format: double */
            beta2?: number;
            /** Format: double */
            epsilon?: number;
        };
        AdamWOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "adamW";
            /** Format: double */
            learningRate?: number;
            /** Format: double */
            beta1?: number;
            /** Format: double */
            beta2?: number;
            /** Format: double */
            epsilon?: number;
            /** Format: double */
            weightDecay?: number;
        };
        AdagradOptimizer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "adagrad";
            /** Format: double */
            learningRate?: number;
            /** Format: double */
            initialAccumulatorValue?: number;
            /** Format: double */
            epsilon?: number;
        };
        Optimizer: components["schemas"]["SgdOptimizer"] | components["schemas"]["RmspropOptimizer"] | components["schemas"]["AdamOptimizer"] | components["schemas"]["AdamWOptimizer"] | components["schemas"]["AdagradOptimizer"];
        ConstantLearningRate: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "constant";
        };
        CosineLearningRate: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "cosine";
            /** Format: double */
            alpha?: number;
        };
        ReduceOnPlateauLearningRate: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "reduceOnPlateau";
            /** Format: double */
            factor?: number;
            patience?: number;
            /** Format: double */
            minLearningRate?: number;
        };
        LearningRateSchedule: components["schemas"]["ConstantLearningRate"] | components["schemas"]["CosineLearningRate"] | components["schemas"]["ReduceOnPlateauLearningRate"];
        Layer: {
            /** @description Outputs of the layer. */
            units: number;
            /**
             * @description Default: `relu`.
             * @enum {string}
             */
            activation?: "relu" | "tanh" | "sigmoid" | "linear" | "elu" | "selu" | "softplus" | "softsign" | "swish" | "relu6";
            /**
             * Format: double
             * @description Factor of the penalty on absolute weights. Default: 0.
             */
            l1?: number;
            /**
             * Format: double
             * @description Factor of the penalty on squared weights. Default: 0.
             */
            l2?: number;
            /**
             * Format: double
             * @description Share of the outputs that is set to 0 in a training step. Default: 0.
             */
            dropout?: number;
        };
        Layers: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "layers";
        };
        Trees: {
            /**
             * @description Each epoch adds a tree, with several outputs one for each. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "trees";
            /**
             * Format: double
             * @description Factor of each tree's answers. Default: 0.05.
             */
            learningRate?: number;
            /** @description Largest number of leaves of a tree. Default: 31. */
            leaves?: number;
            /** @description Largest number of splits from a tree's root to a leaf. Null: no limit. Default: null. */
            depth?: number | null;
            /** @description Smallest number of training rows of a leaf. Default: 20. */
            minRows?: number;
            /**
             * Format: double
             * @description Penalty on squared answers of leaves. Default: 1.
             */
            l2?: number;
            /**
             * Format: double
             * @description Share of the columns that each tree may use. Default: 1.
             */
            featureShare?: number;
            /**
             * Format: double
             * @description Share of the training rows on which each epoch's trees are grown. Default: 1.
             */
            rowShare?: number;
        };
        Network: components["schemas"]["Layers"] | components["schemas"]["Trees"];
        Loss: {
            /** @enum {string} */
            type: "binaryCrossentropy" | "categoricalCrossentropy" | "sparseCategoricalCrossentropy" | "meanSquaredError" | "meanAbsoluteError" | "huber";
            /** Format: double */
            delta?: number;
        };
        /** @enum {string} */
        MetricName: "accuracy" | "precision" | "recall" | "auc" | "f1Micro" | "f1Macro" | "subsetAccuracy" | "hammingLoss" | "topK" | "rankMae" | "quadraticKappa" | "mae" | "mse" | "rmse" | "r2" | "mape";
        Metric: {
            type: components["schemas"]["MetricName"];
            k?: number;
        };
        ColumnOptions: {
            /**
             * @description Overrides the recipe's `scaling`.
             * @enum {string}
             */
            scaling?: "standard" | "minMax" | "quantile" | "piecewiseLinear" | "none";
            /** @description Overrides the recipe's `bins`. */
            bins?: number;
            /** @description Overrides the recipe's `missing`. */
            missing?: components["schemas"]["Missing"];
            /**
             * @description A category that did not occur in training sets no input (`other`) or is refused (`refuse`). Default: `other`.
             * @enum {string}
             */
            unseen?: "other" | "refuse";
        };
        MissingValue: {
            /** Format: double */
            value: number;
        };
        MultiLabelOptions: {
            /** @description Text between the labels of a cell. A list needs none. Default: `|`. */
            separator?: string;
            /** @description Probability from which a label is predicted; `f1` chooses one with a high F1 for each label from the validation rows. Default: `f1`. */
            threshold?: "f1" | number;
        };
        /** @enum {string} */
        Transform: "none" | "standardize" | "log";
        TargetTransform: components["schemas"]["Transform"] | {
            [key: string]: components["schemas"]["Transform"];
        };
        Missing: ("mean" | "median" | "bin" | "refuse") | components["schemas"]["MissingValue"];
        ClassWeights: "balanced" | {
            [key: string]: number;
        };
        Validation: {
            /**
             * Format: double
             * @description Share of the rows that is held out.
             */
            split?: number;
            /**
             * Format: int64
             * @description Number of rows that are held out.
             */
            rows?: number;
            /**
             * Format: int64
             * @description Number of folds. Each is held out once.
             */
            kFold?: number;
            /** @description Id or name of a data set whose rows are held out. */
            dataset?: string;
            /** @description Repetitions of the k-fold validation with other folds. Default: 1. */
            repeats?: number;
            /** @description Whether rows are shuffled before they are divided into folds. Default: true. */
            shuffle?: boolean;
            /**
             * Format: double
             * @description Factor of the moving average of the validation curves. Default: 0.9.
             */
            smoothing?: number;
        };
        EarlyStopping: {
            /** @description Column of the history that decides, for example `valLoss`. */
            monitor?: string;
            /** @description Epochs without improvement after which training stops. Null: never. */
            patience?: number | null;
            /** @description Whether the weights of the best epoch are kept instead of the last. */
            restoreBest?: boolean;
        };
        OtherMembers: {
            /** @description Hidden layers of these networks. Default: none, which makes linear models. */
            layers?: components["schemas"]["Layer"][];
            /** @description Default: the recipe's. */
            optimizer?: Omit<components["schemas"]["Optimizer"], "type">;
            /** @description Family of these members: `trees` in place of networks of layers. Default: `layers`. */
            network?: Omit<components["schemas"]["Network"], "type">;
            /** @description Loss by which the trees are grown. Default: the crossentropy that fits the task; for a regression `meanSquaredError`. */
            loss?: components["schemas"]["Loss"];
            /** @description Trees of each output. Default: 300. */
            epochs?: number;
        };
        Budget: {
            /**
             * Format: double
             * @description Seconds from the begin of an attempt on, reading included. Each fit does at least one epoch.
             */
            seconds: number;
        };
        Coordinates: {
            /** @description Column of degrees from west (-180) to east (180). */
            longitude: string;
            /** @description Column of degrees from south (-90) to north (90). */
            latitude: string;
        };
        Candidate: {
            /** @description How texts become inputs of the network. Null if no input is a text. Default: chosen from the data. */
            encoder?: components["schemas"]["Encoder"] | null;
            /** @description Pretrained vectors of words as further inputs beside the terms of texts: the name of a set that is installed on the machine, or `none`. Default: those of the recipe. */
            vectors?: string;
            /**
             * @description How numbers become inputs: `standard` has mean 0 and deviation 1, `minMax` goes from 0 to 1, `quantile` follows a normal distribution, `piecewiseLinear` divides the range into bins. Default: chosen by the data.
             * @enum {string}
             */
            scaling?: "standard" | "minMax" | "quantile" | "piecewiseLinear" | "none";
            /** @description Intervals of `piecewiseLinear`. Each is an input. Default: chosen by the data. */
            bins?: number;
            /**
             * @description What a number outside of the training range counts as: the nearer end of the range (`clamp`), itself up to half of the width of the range beyond it (`margin`), or itself (`extend`). Default: chosen by the data.
             * @enum {string}
             */
            outside?: "clamp" | "margin" | "extend";
            /** @description The columns of longitudes and latitudes of a place: how far it lies along further directions are inputs too. Null: none. Default: found by name and range, where the recipe is chosen by the data. */
            coordinates?: components["schemas"]["Coordinates"] | null;
            /** @description What replaces a missing number. With trees it has a bin of its own (`bin`), and neither `mean` nor `median` replaces it. Default: `median`, with trees `bin`. */
            missing?: components["schemas"]["Missing"];
            /** @description How the target of a regression is transformed; of several targets all, or each by its name. Predictions are in its own unit. Default: `standardize`. */
            targetTransform?: components["schemas"]["TargetTransform"];
            /** @description Family of the model: `layers` are dense layers, `trees` are gradient-boosted trees, for tables without texts. The name `dense` means `layers`, and `auto` the default. Default: by the data, `trees` from 100,000 rows and else `layers`, with which trees are compared. */
            network?: Omit<components["schemas"]["Network"], "type">;
            /** @description Hidden layers. An empty list makes a linear model. Default: chosen by the data. */
            layers?: components["schemas"]["Layer"][];
            /**
             * Format: double
             * @description Factor of a penalty on the absolute weights of the output layer of the networks of `layers`. Without hidden layers it drives the weights of uninformative inputs towards 0 (lasso). Default: 0.
             */
            outputL1?: number;
            /** @description Networks of other layers or trees, as many as `ensemble` of each kind, whose answers are averaged with those of `layers`. Default: none. */
            otherMembers?: components["schemas"]["OtherMembers"][];
            /** @description Default: chosen by the data. */
            optimizer?: Omit<components["schemas"]["Optimizer"], "type">;
            /** @description Default: the crossentropy that fits the task; for a regression chosen by the data. */
            loss?: components["schemas"]["Loss"];
            /** @description How the learning rate changes during training. Default: chosen by the data. */
            learningRateSchedule?: components["schemas"]["LearningRateSchedule"] | null;
            /** @description Passes over the training rows. Default: chosen by the data. */
            epochs?: number;
            /** @description Rows of one training step. Default: chosen by the number of rows. */
            batchSize?: number;
            /** @description Number of networks whose answers are averaged. Default: chosen by the data. */
            ensemble?: number;
        };
        Search: {
            /**
             * @description `grid` tries each combination, `random` some of them.
             * @enum {string}
             */
            type: "grid" | "random";
            /** @description Values to try by their path in the recipe, for example `layers.0.units`. */
            over: {
                [key: string]: unknown[];
            };
            /** @description Largest number of recipes to try. */
            trials?: number;
            /** @description Column of the history that ranks the recipes. */
            metric?: string;
        };
        ThresholdOfMetric: {
            /** @enum {string} */
            metric: "f1";
        };
        ThresholdOfRecall: {
            /** Format: double */
            recall: number;
        };
        ThresholdOfPrecision: {
            /** Format: double */
            precision: number;
        };
        ThresholdOfCosts: {
            costs: {
                /** Format: double */
                fp: number;
                /** Format: double */
                fn: number;
            };
        };
        ThresholdRule: components["schemas"]["ThresholdOfMetric"] | components["schemas"]["ThresholdOfRecall"] | components["schemas"]["ThresholdOfPrecision"] | components["schemas"]["ThresholdOfCosts"];
        Threshold: number | components["schemas"]["ThresholdRule"];
        Comparison: {
            /** @description Id or name of the data set to compare on. */
            dataset?: string;
            metric?: components["schemas"]["MetricName"];
        };
        /** @enum {string} */
        PromoteRule: "always" | "ifBetter" | "never";
        PromoteIfBetter: {
            ifBetter: components["schemas"]["Comparison"];
        };
        Promote: components["schemas"]["PromoteRule"] | components["schemas"]["PromoteIfBetter"];
        Limits: {
            /** @description Seconds of one attempt. */
            seconds?: number;
            /** @description Resident memory in MB. */
            memoryMb?: number;
        };
        Webhook: {
            url: string;
        };
        Recipe: {
            /** @description Default: what the target suggests. Two categories are binary, more are multiclass, lists are multiLabel, numbers are a regression. */
            task?: components["schemas"]["Task"];
            /** @description Column to predict, or several columns of numbers that one network predicts. Default: `label`, or else the last column. */
            target?: string | string[];
            /** @description Input columns. Default: all others, except those that identify rows. */
            inputs?: string[];
            /** @description Rows with the same value in this column stay on the same side of a split or in the same fold. Null: rows are drawn one by one. */
            group?: string | null;
            /** @description Column that orders the rows: training takes the earlier ones, validation the later ones. Null: rows have no order. */
            time?: string | null;
            /** @description Column with the weight of each row in the loss and in every metric. Null: all rows weigh the same. */
            weights?: string | null;
            /** @description How texts become inputs of the network. Null if no input is a text. Default: chosen from the data. */
            encoder?: components["schemas"]["Encoder"] | null;
            /** @description Pretrained vectors of words as further inputs beside the terms of texts: the name of a set that is installed on the machine, such as `glove-100`, `none`, or `auto`: with fewer than 5,000 rows and an installed set that knows most words, they are a candidate, and kept if they gain 0.01 of accuracy. Default: `auto`, where the service chooses the network, else `none`. */
            vectors?: string;
            /**
             * @description How numbers become inputs: `standard` has mean 0 and deviation 1, `minMax` goes from 0 to 1, `quantile` follows a normal distribution, `piecewiseLinear` divides the range into bins. Default: chosen by the data.
             * @enum {string}
             */
            scaling?: "standard" | "minMax" | "quantile" | "piecewiseLinear" | "none";
            /** @description Intervals of `piecewiseLinear`. Each is an input. Default: chosen by the data. */
            bins?: number;
            /**
             * @description What a number outside of the training range counts as: the nearer end of the range (`clamp`), itself up to half of the width of the range beyond it (`margin`), or itself (`extend`). Default: chosen by the data.
             * @enum {string}
             */
            outside?: "clamp" | "margin" | "extend";
            /** @description The columns of longitudes and latitudes of a place: how far it lies along further directions are inputs too. Null: none. Default: found by name and range, where the recipe is chosen by the data. */
            coordinates?: components["schemas"]["Coordinates"] | null;
            /** @description What replaces a missing number. With trees it has a bin of its own (`bin`), and neither `mean` nor `median` replaces it. Default: `median`, with trees `bin`. */
            missing?: components["schemas"]["Missing"];
            /** @description Options of single columns, by name. */
            columns?: {
                [key: string]: components["schemas"]["ColumnOptions"];
            };
            /** @description Whether classes that differ only in case, spaces or the form of their characters are one class: of the target, and of inputs that are categories. The most frequent spelling is predicted. Default: false. */
            mergeClasses?: boolean;
            /** @description How labels are read and predicted if a row can have any number of them. Null or false: a row has one class, or a number. Default: true for a target of lists. */
            multiLabel?: boolean | components["schemas"]["MultiLabelOptions"] | null;
            /** @description How the target of a regression is transformed; of several targets all, or each by its name. Predictions are in its own unit. Default: `standardize`. */
            targetTransform?: components["schemas"]["TargetTransform"];
            /** @description Family of the model: `layers` are dense layers, `trees` are gradient-boosted trees, for tables without texts. The name `dense` means `layers`, and `auto` the default. Default: by the data, `trees` from 100,000 rows and else `layers`, with which trees are compared. */
            network?: Omit<components["schemas"]["Network"], "type">;
            /** @description Hidden layers. An empty list makes a linear model. Default: chosen by the data. */
            layers?: components["schemas"]["Layer"][];
            /**
             * Format: double
             * @description Factor of a penalty on the absolute weights of the output layer of the networks of `layers`. Without hidden layers it drives the weights of uninformative inputs towards 0 (lasso). Default: 0.
             */
            outputL1?: number;
            /** @description Networks of other layers or trees, as many as `ensemble` of each kind, whose answers are averaged with those of `layers`. Default: none. */
            otherMembers?: components["schemas"]["OtherMembers"][];
            /**
             * @description Form of the classes in the loss. Both give equal results. Multiclass only.
             * @enum {string|null}
             */
            labels?: "integer" | "oneHot" | null;
            /** @description Default: chosen by the data. */
            optimizer?: Omit<components["schemas"]["Optimizer"], "type">;
            /** @description Default: the crossentropy that fits the task; for a regression chosen by the data. */
            loss?: components["schemas"]["Loss"];
            /** @description Metrics of each epoch. Default: `accuracy`, for a regression `mae`, with multiLabel `f1Micro`. */
            metrics?: components["schemas"]["Metric"][];
            /** @description How the learning rate changes during training. Default: chosen by the data. */
            learningRateSchedule?: components["schemas"]["LearningRateSchedule"] | null;
            /** @description Factors of the loss of each class. Default: none. */
            classWeights?: components["schemas"]["ClassWeights"] | null;
            /** @description Passes over the training rows. Default: chosen by the data. */
            epochs?: number;
            /** @description Rows of one training step. Default: chosen by the number of rows. */
            batchSize?: number;
            /** @description Rows that are held out to measure the model. Null: none. Default: k-fold below 1,000 rows, else a split of 0.2. */
            validation?: components["schemas"]["Validation"] | null;
            /** @description How the best epoch is chosen, and whether training stops early. Null: the last epoch is kept. */
            earlyStopping?: components["schemas"]["EarlyStopping"] | null;
            /** @description Epochs of a last fit on all rows, for which the model is trained anew: a number, `best` for the best epoch of the validation, or null for none. Default: `best` after k-fold and where the network is chosen by the data. */
            finalEpochs?: "best" | number | null;
            /** @description Probability from which a binary answer is the positive class, or a rule by which answers to rows that were held out choose it: the best F1, a wanted recall or precision, or the least costs. Default: 0.5. */
            threshold?: components["schemas"]["Threshold"];
            /** @description The class of two that counts as the positive one. Null: the last one by value. */
            positive?: string | null;
            /** @description Cost of a prediction, by the true class, then by the predicted one. The class with the least expected cost is predicted. Null: the most likely class. */
            cost?: {
                [key: string]: {
                    [key: string]: number;
                };
            } | null;
            /** @description Order of the classes: true for that of their numbers, or a list of all classes, the lowest first. Null: they have none. */
            rank?: boolean | string[] | null;
            /**
             * @description How probabilities are calibrated by the validation rows: `temperature`, `platt`, `isotonic`, the one of these with the least log loss if any lowers it (`auto`), or not at all (`none`). Default: `auto`; `none` where the recipe names encoder, layers or optimizer, or validation is null.
             * @enum {string}
             */
            calibration?: "auto" | "isotonic" | "platt" | "temperature" | "none";
            /** @description Whether the recipe is also trained on a quarter and on half of the training rows, for the `learningCurve` of the evaluation. It takes about twice as long. Default: false. */
            learningCurve?: boolean;
            /** @description Time after which a training ends with the best so far. How far it comes depends on the speed of the machine, so that the same recipe may give another model. Null: no limit. Default: null. */
            budget?: components["schemas"]["Budget"] | null;
            /** @description Number of networks whose answers are averaged. Default: chosen by the data. */
            ensemble?: number;
            /**
             * @description What computes the training. `auto` takes the faster one. Both give the same curves to within 1e-4. Default: `auto`.
             * @enum {string}
             */
            engine?: "auto" | "tensorflow" | "typed";
            /**
             * Format: int64
             * @description Seed of every random number. The same recipe, data and seed give the same weights. Default: 1.
             */
            seed?: number;
            /** @description Other ways to train, each given by the fields in which it differs. The recipe itself and each of them are compared on the validation rows, and the best is kept. Null or an empty list: only the recipe itself. Default: chosen by the data. */
            candidates?: components["schemas"]["Candidate"][] | null;
            /** @description Recipes to try; the best one is kept. Default: none. */
            search?: components["schemas"]["Search"] | null;
        };
        JobRequest: {
            model: string;
            dataset: string;
            promote?: components["schemas"]["Promote"];
            /** @description Default: `false`. */
            allowInputChanges?: boolean;
            /** @description Default: `false`. */
            force?: boolean;
            priority?: number;
            limits?: components["schemas"]["Limits"];
            webhook?: components["schemas"]["Webhook"];
            recipe?: components["schemas"]["Recipe"];
        };
        /** @description A problem (RFC 9457). */
        Problem: {
            /**
             * @description The stable code of the problem, as a URN; docs/errors.md says what to do about each.
             * @enum {string}
             */
            type: "urn:fitserve:invalid-json" | "urn:fitserve:invalid-query" | "urn:fitserve:invalid-request" | "urn:fitserve:invalid-rows" | "urn:fitserve:invalid-dataset" | "urn:fitserve:invalid-job" | "urn:fitserve:invalid-archive" | "urn:fitserve:invalid-schedule" | "urn:fitserve:payload-too-large" | "urn:fitserve:unsupported-media-type" | "urn:fitserve:request-timeout" | "urn:fitserve:headers-too-large" | "urn:fitserve:precondition-failed" | "urn:fitserve:range-not-satisfiable" | "urn:fitserve:not-found" | "urn:fitserve:method-not-allowed" | "urn:fitserve:unknown-dataset" | "urn:fitserve:unknown-job" | "urn:fitserve:unknown-prediction" | "urn:fitserve:unknown-model" | "urn:fitserve:unknown-version" | "urn:fitserve:unknown-alias" | "urn:fitserve:unknown-schedule" | "urn:fitserve:dataset-in-use" | "urn:fitserve:version-in-use" | "urn:fitserve:job-finished" | "urn:fitserve:job-not-retryable" | "urn:fitserve:no-result" | "urn:fitserve:idempotency-key-reused" | "urn:fitserve:nothing-to-roll-back" | "urn:fitserve:unauthorized" | "urn:fitserve:forbidden" | "urn:fitserve:rate-limited" | "urn:fitserve:training-failed" | "urn:fitserve:loss-not-finite" | "urn:fitserve:prediction-failed" | "urn:fitserve:out-of-memory" | "urn:fitserve:job-timed-out" | "urn:fitserve:job-crashed" | "urn:fitserve:cancelled" | "urn:fitserve:not-ready" | "urn:fitserve:deadline-exceeded" | "urn:fitserve:overloaded" | "urn:fitserve:queue-unavailable" | "urn:fitserve:source-unavailable" | "urn:fitserve:store-unavailable" | "urn:fitserve:corrupt-artifact" | "urn:fitserve:internal";
            title: string;
            /** Format: int64 */
            status: number;
            detail?: string;
            /** @description Id of the request, which X-Request-Id repeats. */
            instance?: string;
            errors?: {
                /** @description JSON pointer into the request. */
                path?: string;
                /**
                 * Format: int64
                 * @description Line of the uploaded file.
                 */
                line?: number;
                column?: string;
                message: string;
            }[];
        } & {
            [key: string]: unknown;
        };
        Access: {
            /** @description Whether requests need an API key. */
            keys: boolean;
            /** @description Name of the API key of this request; null: none, or an unknown one. */
            name: string | null;
            /**
             * @description What this request may do; null: nothing that needs a role.
             * @enum {string|null}
             */
            role: "predict" | "train" | "admin" | null;
        };
        Description: {
            /** @description What it is for, as plain text; null: no description. */
            description: string | null;
            /** @description Values by key. */
            tags: {
                [key: string]: string;
            };
        };
        Version: {
            /** Format: int64 */
            version: number;
            job: string;
            /** Format: date-time */
            createdAt: string;
            /** @description The aliases that point at this version. */
            aliases: string[];
            /** @description What it is for, as plain text; null: no description. */
            description: string | null;
            /** @description Values by key. */
            tags: {
                [key: string]: string;
            };
        };
        ThresholdVersion: {
            /** Format: int64 */
            version: number;
            job: string;
            /** Format: date-time */
            createdAt: string;
            /** @description The aliases that point at this version. */
            aliases: string[];
            /** @description What it is for, as plain text; null: no description. */
            description: string | null;
            /** @description Values by key. */
            tags: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description The version whose network it has.
             */
            from: number;
            /**
             * Format: double
             * @description The probability from which it answers the positive class.
             */
            threshold: number;
        };
        ModelSummary: {
            name: string;
            /**
             * Format: int64
             * @description The newest version.
             */
            latest: number | null;
            /**
             * Format: int64
             * @description Number of versions.
             */
            versions: number;
            /** @description Version numbers by alias. */
            aliases: {
                [key: string]: number;
            };
            /** @description The beginning of the description, up to 200 characters; null: no description. */
            description: string | null;
            /** @description Values by key. */
            tags: {
                [key: string]: string;
            };
            /** @description Versions in the memory of the process that answers this request. */
            loaded: {
                /** Format: int64 */
                version: number;
                /**
                 * Format: int64
                 * @description Approximate size in memory, in bytes.
                 */
                bytes: number;
            }[];
            /** Format: date-time */
            updatedAt: string;
        };
        Settings: {
            /**
             * Format: int64
             * @description How many of its newest versions the model keeps, beside those that an alias points at; null: all.
             */
            keepVersions: number | null;
            /** @description Numbers of the versions that were retired for it, oldest first. */
            retired: number[];
        };
        Schedule: {
            cron: string;
            timeZone: string;
            /** Format: date-time */
            nextRun: string | null;
            /** @description The order of each run, as in a retrain. */
            order: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            setAt: string;
            /** @description Name of the API key; null: none was sent. */
            setBy: string | null;
            /** @description The last run that was due, and what became of it. */
            lastRun: {
                /** Format: date-time */
                due: string;
                /** @enum {string} */
                outcome: "ordered" | "failed" | "skipped";
                job: string | null;
                reason: string | null;
            } | null;
        };
        Model: {
            name: string;
            /** @description The newest 500 versions, newest first. `/models/{name}/versions` lists all. */
            versions: components["schemas"]["Version"][];
            /** @description Version numbers by alias. */
            aliases: {
                [key: string]: number;
            };
            /** @description What it is for, as plain text; null: no description. */
            description: string | null;
            /** @description Values by key. */
            tags: {
                [key: string]: string;
            };
            schedule?: components["schemas"]["Schedule"] | null;
            /**
             * Format: int64
             * @description How many of its newest versions the model keeps, beside those that an alias points at; null: all.
             */
            keepVersions: number | null;
            /** @description Versions in the memory of the process that answers this request. */
            loaded: {
                /** Format: int64 */
                version: number;
                /**
                 * Format: int64
                 * @description Approximate size in memory, in bytes.
                 */
                bytes: number;
            }[];
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A version with its recipe, data set, metrics, sizes and times. */
        Manifest: {
            /** Format: int64 */
            version: number;
            job: string;
            /** Format: date-time */
            createdAt: string;
            /** @description The aliases that point at this version. */
            aliases: string[];
            /** @description What it is for, as plain text; null: no description. */
            description: string | null;
            /** @description Values by key. */
            tags: {
                [key: string]: string;
            };
            model: string;
            /** Format: int64 */
            attempt: number;
            /** @description The fit on all rows that made the model, after the one that was evaluated. Null: the evaluated model is kept. Absent in versions of earlier releases. */
            lastFit?: {
                /** Format: int64 */
                epochs: number;
                /** Format: int64 */
                rows: number;
            } | null;
            files: {
                [key: string]: {
                    /** Format: int64 */
                    bytes: number;
                    sha256: string;
                };
            };
            /** @description Evaluations on further data sets, newest first. */
            evaluations: {
                dataset: {
                    id: string;
                    name: string;
                };
                /** Format: date-time */
                evaluatedAt: string;
                /** Format: int64 */
                rows: number;
                /** Format: double */
                loss: number;
                metrics: {
                    [key: string]: number | null;
                };
            }[];
        } & {
            [key: string]: unknown;
        };
        LabelOutput: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "label";
            /** @description Name of the target column; null: not known, or several targets. */
            target: string | null;
            classes: string[];
            /** @description The class whose probability `score` is; null: the predicted label. */
            positive: string | null;
            /** @description Smallest probability for which the answer is the positive class. */
            threshold: number | null;
            /**
             * @description How the probabilities are calibrated; null: they are the network's own.
             * @enum {string|null}
             */
            calibration: "temperature" | "platt" | "isotonic" | null;
        };
        LabelsOutput: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "labels";
            /** @description Name of the target column; null: not known, or several targets. */
            target: string | null;
            /** @description The labels that a row may have. */
            classes: string[];
            /** @description Probability from which each label is predicted, in the order of `classes`. */
            thresholds: number[];
        };
        ValueOutput: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "value";
            /** @description Name of the target column; null: not known, or several targets. */
            target: string | null;
            /** @description Smallest and largest value of the training rows; null: not known. */
            range: {
                /** Format: double */
                min: number;
                /** Format: double */
                max: number;
            } | null;
        };
        ValuesOutput: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "values";
            /** @description Name of the target column; null: not known, or several targets. */
            target: string | null;
            /** @description The targets; each has a value. */
            targets: {
                name: string;
                /** @description Smallest and largest value of the training rows; null: not known. */
                range: {
                    /** Format: double */
                    min: number;
                    /** Format: double */
                    max: number;
                } | null;
            }[];
        };
        /** @description The column that the version predicts. `output` describes the prediction. */
        SignatureTarget: {
            /** @enum {string} */
            type: "number" | "category" | "list";
            /** @description Name of the target column; null: not known, or several targets. */
            name: string | null;
            /**
             * Format: double
             * @description Smallest value of the training rows.
             */
            minimum?: number;
            /**
             * Format: double
             * @description Largest value of the training rows.
             */
            maximum?: number;
            /** @description The classes, or the labels that a row may have, in the order of the probabilities. */
            classes?: string[];
            /** @description Several numbers that are predicted together. */
            targets?: {
                name: string;
                /**
                 * Format: double
                 * @description Smallest value of the training rows.
                 */
                minimum?: number;
                /**
                 * Format: double
                 * @description Largest value of the training rows.
                 */
                maximum?: number;
            }[];
        };
        Signature: {
            model: string;
            /** Format: int64 */
            version: number;
            task: components["schemas"]["Task"];
            inputs: {
                /** @enum {string} */
                type: "number" | "boolean" | "category" | "text" | "date" | "datetime" | "list";
                /** @description For a date: the format in the training file, as in `strptime`. ISO 8601 is accepted too. */
                format?: string;
                name: string;
                /** @description Whether null (a missing value) is accepted. */
                nullable: boolean;
                /**
                 * @description What a missing value counts as: `mean` or `median` of the training rows, the `value` of the recipe, a `bin` of its own, or `empty`, a text without words or none of the categories. `refuse`: such a row is refused.
                 * @enum {string}
                 */
                missing: "mean" | "median" | "value" | "bin" | "empty" | "refuse";
                /** @description Smallest number, or first date, of the training rows. */
                minimum?: number | string;
                /** @description Largest number, or last date, of the training rows. */
                maximum?: number | string;
                /** @description The same as `categories`. */
                classes?: (string | boolean)[];
                range?: ({
                    /** Format: double */
                    min: number;
                    /** Format: double */
                    max: number;
                } | null) | {
                    min: string;
                    max: string;
                };
                /** @description The first 100 values of a category or boolean that training rows have. */
                categories?: (string | boolean)[];
                /**
                 * Format: int64
                 * @description Number of all such values.
                 */
                categoryCount?: number;
                /**
                 * @description Whether other values are refused, or count as none of them.
                 * @enum {string}
                 */
                unseen?: "other" | "refuse";
            }[];
            /** @description Other columns of the training data, which a row may have. They are not read. The first 100. */
            ignored: string[];
            target: components["schemas"]["SignatureTarget"];
            output: components["schemas"]["LabelOutput"] | components["schemas"]["LabelsOutput"] | components["schemas"]["ValueOutput"] | components["schemas"]["ValuesOutput"];
            /** @description A row that the version answers. */
            example: {
                [key: string]: unknown;
            };
            /**
             * @description A body with this row that `POST /predict` answers.
             * @example {
             *       "model": "houses",
             *       "version": 1,
             *       "features": {
             *         "rooms": 5,
             *         "ocean_proximity": "INLAND"
             *       }
             *     }
             */
            request: {
                [key: string]: unknown;
            };
        };
        RocCurve: {
            falsePositiveRate: number[];
            truePositiveRate: number[];
            thresholds?: (number | null)[];
            /** Format: double */
            area: number;
        };
        PrecisionRecallCurve: {
            recall: number[];
            precision: number[];
            thresholds?: (number | null)[];
            /** Format: double */
            averagePrecision: number;
            /** Format: double */
            prevalence: number;
        };
        Reliability: {
            /** @enum {string} */
            of: "positive" | "answered";
            bins: {
                /** Format: double */
                from: number;
                /** Format: double */
                to: number;
                /** Format: int64 */
                rows: number;
                predicted: number | null;
                observed: number | null;
                /** Format: double */
                weight?: number;
            }[];
            /** Format: double */
            expectedCalibrationError: number;
        };
        CalibrationFigures: {
            /** @enum {string} */
            method: "none" | "temperature" | "platt" | "isotonic";
            before: {
                /** Format: double */
                logLoss: number;
                /** Format: double */
                expectedCalibrationError: number;
            };
            after: {
                /** Format: double */
                logLoss: number;
                /** Format: double */
                expectedCalibrationError: number;
            };
            tried: {
                [key: string]: number;
            };
        };
        Residuals: {
            predicted: number[];
            truth: number[];
            histogram: {
                edges: number[];
                counts: number[];
                /** Format: int64 */
                below: number;
                /** Format: int64 */
                above: number;
            };
        };
        AnswerCosts: {
            /** Format: double */
            perRow: number;
            /** Format: double */
            likeliest: number;
            always: {
                [key: string]: number;
            };
        };
        ClassLevel: {
            /** Format: int64 */
            level: number;
            /** Format: int64 */
            classes: number;
            /** Format: double */
            accuracy: number;
            /** Format: double */
            macroF1: number;
        };
        IntervalFigures: {
            /** Format: double */
            level: number;
            /** Format: int64 */
            rows: number;
            /** Format: double */
            coverage: number;
            /** Format: double */
            meanWidth: number;
            parts: {
                /** Format: double */
                from: number;
                /** Format: double */
                to: number;
                /** Format: int64 */
                rows: number;
                /** Format: double */
                coverage: number;
                /** Format: double */
                meanWidth: number;
            }[];
        };
        LearningCurvePoint: {
            /** Format: double */
            share: number;
            /** Format: int64 */
            rows: number;
            /** Format: double */
            loss: number;
            metrics: {
                [key: string]: number | null;
            };
            interval95?: {
                [key: string]: {
                    /** Format: double */
                    low: number;
                    /** Format: double */
                    high: number;
                } | null;
            };
        };
        SetFigures: {
            /** Format: double */
            level: number;
            /** Format: double */
            coverage: number;
            /** Format: double */
            meanSize: number;
        };
        Slice: {
            column: string;
            part: string;
            /** Format: int64 */
            rows: number;
            /** Format: double */
            value: number;
            interval95: {
                /** Format: double */
                low: number;
                /** Format: double */
                high: number;
            };
            metrics?: {
                [key: string]: number | null;
            };
        };
        Slices: {
            /** @enum {string} */
            metric: "accuracy" | "meanAbsoluteError";
            /** Format: double */
            overall: number;
            worst?: components["schemas"]["Slice"] | null;
            slices: components["schemas"]["Slice"][];
        };
        ThresholdTable: {
            /** Format: double */
            positives: number;
            /** Format: double */
            negatives: number;
            thresholds: number[];
            truePositives: number[];
            falsePositives: number[];
            bestF1: {
                /** Format: double */
                threshold: number;
                /** Format: double */
                precision: number;
                /** Format: double */
                recall: number;
                /** Format: double */
                f1: number;
            };
        };
        RowSchema: {
            [key: string]: unknown;
        };
        Evaluation: {
            /** Format: int64 */
            rows: number;
            /** Format: double */
            loss: number;
            metrics: {
                [key: string]: number | null;
            };
            weightedBy?: string | null;
            baseline?: {
                [key: string]: number | null;
            };
            interval95?: {
                [key: string]: {
                    /** Format: double */
                    low: number;
                    /** Format: double */
                    high: number;
                } | null;
            };
            linearBaseline?: {
                [key: string]: number | null;
            };
            learningCurve?: components["schemas"]["LearningCurvePoint"][];
            costs?: components["schemas"]["AnswerCosts"];
            classes?: string[];
            confusionMatrix?: number[][];
            weightedMatrix?: number[][];
            confusions?: {
                truth: string;
                answered: string;
                /** Format: int64 */
                rows: number;
            }[];
            levels?: components["schemas"]["ClassLevel"][];
            perClass?: {
                [key: string]: {
                    /** Format: double */
                    precision: number;
                    /** Format: double */
                    recall: number;
                    /** Format: double */
                    f1: number;
                    /** Format: int64 */
                    support: number;
                    /** Format: int64 */
                    answered?: number;
                    auc?: number | null;
                    weighted?: {
                        /** Format: double */
                        support: number;
                        /** Format: double */
                        answered: number;
                        /** Format: double */
                        hits: number;
                    };
                };
            };
            roc?: {
                [key: string]: components["schemas"]["RocCurve"];
            };
            precisionRecall?: {
                [key: string]: components["schemas"]["PrecisionRecallCurve"];
            };
            reliability?: components["schemas"]["Reliability"];
            calibration?: components["schemas"]["CalibrationFigures"];
            thresholds?: components["schemas"]["ThresholdTable"];
            residualQuantiles?: {
                [key: string]: number;
            };
            residuals?: components["schemas"]["Residuals"];
            slices?: components["schemas"]["Slices"];
            intervals?: components["schemas"]["IntervalFigures"][];
            sets?: components["schemas"]["SetFigures"][];
            perTarget?: {
                [key: string]: {
                    metrics: {
                        [key: string]: number | null;
                    };
                    baseline?: {
                        [key: string]: number | null;
                    };
                    residualQuantiles?: {
                        [key: string]: number;
                    };
                    residuals?: components["schemas"]["Residuals"];
                    intervals?: components["schemas"]["IntervalFigures"][];
                };
            };
            folds?: {
                /** Format: int64 */
                rows: number;
                /** Format: double */
                loss: number;
                metrics: {
                    [key: string]: number | null;
                };
                /** Format: int64 */
                epochs?: number;
            }[];
            /** Format: int64 */
            neverHeldOut?: number;
            mean?: {
                [key: string]: number | null;
            };
            deviation?: {
                [key: string]: number | null;
            };
            best?: {
                /** Format: int64 */
                epoch: number;
                mean: {
                    [key: string]: number | null;
                };
                deviation: {
                    [key: string]: number | null;
                };
            };
            last?: {
                mean: {
                    [key: string]: number | null;
                };
                deviation: {
                    [key: string]: number | null;
                };
            };
        };
        AliasMove: {
            alias: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            previous: number | null;
        };
        PublishedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "published";
            /** Format: int64 */
            version: number;
            job: string;
        };
        PromotedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "promoted";
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            previous: number | null;
            reason: string;
            /** @description Default: `other`. */
            code?: components["schemas"]["WarningCode"];
            comparison?: {
                /** Format: int64 */
                against: number;
                metric: string;
                dataset: string;
                /** Format: int64 */
                rows: number;
                /** Format: double */
                candidate: number;
                /** Format: double */
                production: number;
            };
        };
        NotPromotedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "notPromoted";
            /** Format: int64 */
            version: number;
            reason: string;
            /** @description Default: `other`. */
            code?: components["schemas"]["WarningCode"];
            comparison?: {
                /** Format: int64 */
                against: number;
                metric: string;
                dataset: string;
                /** Format: int64 */
                rows: number;
                /** Format: double */
                candidate: number;
                /** Format: double */
                production: number;
            };
        };
        AliasSetEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "aliasSet";
            alias: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            previous: number | null;
        };
        RolledBackEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "rolledBack";
            alias: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            previous: number;
        };
        AliasRemovedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "aliasRemoved";
            alias: string;
            /** Format: int64 */
            previous: number;
        };
        VersionDeletedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "versionDeleted";
            /** Format: int64 */
            version: number;
        };
        KeepVersionsSetEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "keepVersionsSet";
            /** Format: int64 */
            keepVersions: number | null;
        };
        VersionsRetiredEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "versionsRetired";
            versions: number[];
            /** Format: int64 */
            keepVersions: number;
        };
        ScheduleSetEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "scheduleSet";
            cron: string;
            timeZone: string;
        };
        ScheduleRemovedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "scheduleRemoved";
        };
        DescribedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "described";
            /** Format: int64 */
            version: number | null;
        };
        ScheduledRunEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "scheduledRun";
            /** Format: date-time */
            due: string;
            /** @enum {string} */
            outcome: "ordered" | "failed" | "skipped";
            job: string | null;
            reason: string | null;
        };
        ModelDeletedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "modelDeleted";
            versions: number[];
        };
        RepairedEvent: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "repaired";
            lost: number[];
            restored: number[];
        };
        LogEntry: {
            /** Format: int64 */
            generation: number;
            /** Format: date-time */
            at: string;
            /** @description Name of the API key; null: none was sent. */
            by: string | null;
            events: (components["schemas"]["PublishedEvent"] | components["schemas"]["PromotedEvent"] | components["schemas"]["NotPromotedEvent"] | components["schemas"]["AliasSetEvent"] | components["schemas"]["RolledBackEvent"] | components["schemas"]["AliasRemovedEvent"] | components["schemas"]["VersionDeletedEvent"] | components["schemas"]["KeepVersionsSetEvent"] | components["schemas"]["VersionsRetiredEvent"] | components["schemas"]["ScheduleSetEvent"] | components["schemas"]["ScheduleRemovedEvent"] | components["schemas"]["DescribedEvent"] | components["schemas"]["ScheduledRunEvent"] | components["schemas"]["ModelDeletedEvent"] | components["schemas"]["RepairedEvent"])[];
        };
        AuditEntry: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            at: string;
            by: string | null;
            action: string;
            target: string;
            /** @description Default: `null`. */
            model: string | null;
            made: string | null;
            request: string;
            /** @description Default: `true`. */
            complete: boolean;
        };
        /** @enum {string} */
        WarningCode: "rejected-lines" | "format-found" | "sheet-found" | "cell-errors" | "formulas-without-result" | "merged-cells" | "empty-rows" | "delimiter-found" | "header-like-data" | "outer-spaces" | "one-column" | "single-quotes" | "total-row" | "index-left-out" | "nameless-columns" | "duplicate-rows" | "placeholders" | "empty-values" | "mixed-values" | "leading-zeros" | "decimal-commas" | "unclear-commas" | "unclear-points" | "number-forms" | "mixed-units" | "numbers-with-unit" | "scaled-numbers" | "times-of-day" | "periods" | "repeated-sentences" | "times" | "unclear-dates" | "dates-as-numbers" | "mixed-zones" | "identifier-column" | "row-number" | "similar-classes" | "merged-classes" | "combined-classes" | "target-by-position" | "numeric-target" | "weighted-probabilities" | "rows-without-target" | "rows-without-time" | "rare-class" | "placeholder-class" | "constant-target" | "constant-column" | "empty-column" | "coordinates-found" | "trees-chosen" | "narrow-layer" | "grid-cut" | "candidate-chosen" | "vectors-left-out" | "few-known-words" | "budget-ended" | "overfitting" | "target-leak" | "equal-rows" | "few-terms" | "cut-texts" | "answers-one-class" | "class-never-answered" | "calibration-no-gain" | "no-better-than-baseline" | "not-promoted" | "inputs-changed" | "other";
        Warning: {
            code: components["schemas"]["WarningCode"];
            /** @description A sentence for people, with the remedy. */
            message: string;
            /** @description The column that it is about. Absent: it is about the whole. */
            column?: string;
            /**
             * Format: int64
             * @description Number of rows that it is about.
             */
            count?: number;
            /** @description Numbers of the first lines of the uploaded file that it is about. */
            lines?: number[];
        };
        Column: {
            /** @enum {string} */
            type: "number" | "boolean" | "category" | "text" | "date" | "datetime" | "list";
            format?: string;
            name: string;
            /**
             * Format: int64
             * @description Rows without a value.
             */
            missing: number;
            /** @description Rows of each value of a category, boolean or text that repeats, or of each item of lists. */
            classes?: {
                [key: string]: number;
            };
            /**
             * Format: double
             * @description Mean number of characters of a text.
             */
            meanLength?: number;
            /**
             * Format: double
             * @description Share of the letters in scripts in which a few characters make a word, such as Han, kana and Hangul.
             */
            compactScript?: number;
            /** Format: double */
            min?: number;
            /** Format: double */
            max?: number;
            /** Format: double */
            mean?: number;
            /** @description Of numbers: quantiles by their share (0.05, 0.25, 0.5, 0.75, 0.95). Of more than 50,000 rows, those of a sample of at least about as many. */
            quantiles?: {
                [key: string]: number;
            };
            /** @description The ten most frequent values with their rows: of booleans, categories, texts that repeat, items of lists, and at most 20 different numbers. */
            frequent?: {
                value: string;
                /** Format: int64 */
                rows: number;
            }[];
            /**
             * Format: int64
             * @description Number of different values. Of a text that does not repeat only above 1,000, and an estimate above 2,000.
             */
            distinct?: number;
            /** @description True if every value is a whole number. */
            integer?: boolean;
            earliest?: string;
            latest?: string;
            /**
             * @description Why the column is not an input unless a recipe names it in `inputs`.
             * @enum {string}
             */
            leftOutAs?: "row-number" | "identifier" | "time";
            cells?: {
                /** @enum {string} */
                decimal?: "." | ",";
                units?: string[];
                words?: boolean;
                missing?: string[];
            };
            decidedBy?: {
                /** Format: int64 */
                values: number;
                /** Format: int64 */
                fitting: number;
                others?: {
                    value: string;
                    /** Format: int64 */
                    rows: number;
                    lines: number[];
                }[];
            };
        };
        Dataset: {
            id: string;
            sha256: string;
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            rejected: number;
            /**
             * Format: int64
             * @description Rows that repeat an earlier one in all columns that do not identify rows.
             */
            duplicates?: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: int64 */
            appended?: number;
            columns: components["schemas"]["Column"][];
            warnings: components["schemas"]["Warning"][];
            data?: {
                /** Format: int64 */
                bytes: number;
                sha256: string;
            };
            rejects?: {
                /** Format: int64 */
                bytes: number;
                sha256: string;
            };
            name: string;
        };
        /** @description A data set with its first 100 columns, and without their `classes`, `frequent`, `quantiles` and `decidedBy`. */
        DatasetSummary: {
            id: string;
            sha256: string;
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            rejected: number;
            /**
             * Format: int64
             * @description Rows that repeat an earlier one in all columns that do not identify rows.
             */
            duplicates?: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: int64 */
            appended?: number;
            columns: components["schemas"]["Column"][];
            warnings?: components["schemas"]["Warning"][];
            data?: {
                /** Format: int64 */
                bytes: number;
                sha256: string;
            };
            rejects?: {
                /** Format: int64 */
                bytes: number;
                sha256: string;
            };
            name: string;
            /**
             * Format: int64
             * @description Number of all columns.
             */
            columnCount: number;
        };
        /** @description A row by column name: texts, numbers, booleans and lists of texts. A missing value is null. */
        Row: {
            [key: string]: unknown;
        };
        RowPage: {
            items: components["schemas"]["Row"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
            /** @description Texts that are longer than a page shows: places of their rows among the items, and columns. */
            cut?: {
                /** Format: int64 */
                item: number;
                column: string;
            }[];
        };
        Distribution: {
            /** @enum {string} */
            type: "number" | "boolean" | "category" | "text" | "date" | "datetime" | "list";
            column: string;
            /**
             * Format: int64
             * @description Sampled rows without a value.
             */
            missing: number;
            /** @description Of numbers with more than 20 different values. */
            histogram?: {
                edges: number[];
                counts: number[];
                /** Format: int64 */
                below: number;
                /** Format: int64 */
                above: number;
            };
            /** @description Of other numbers, booleans, categories and items of lists: the 20 most frequent. */
            values?: {
                value: string;
                /** Format: int64 */
                rows: number;
            }[];
            /** @description How many other values there are, and how many rows have them. */
            others?: {
                /** Format: int64 */
                values: number;
                /** Format: int64 */
                rows: number;
            };
            /** @description Of dates: as `histogram`, with edges in ISO 8601. */
            times?: {
                edges: string[];
                counts: number[];
                /** Format: int64 */
                below: number;
                /** Format: int64 */
                above: number;
            };
            /** @description Of texts: their numbers of characters. */
            lengths?: {
                edges: number[];
                counts: number[];
                /** Format: int64 */
                below: number;
                /** Format: int64 */
                above: number;
            };
            /** @description Of texts: the 20 words that most of them have in their first 1,000 characters. */
            words?: {
                value: string;
                /** Format: int64 */
                rows: number;
            }[];
        };
        DistributionPage: {
            items: components["schemas"]["Distribution"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
            /**
             * Format: int64
             * @description Rows of the data set.
             */
            rows: number;
            /**
             * Format: int64
             * @description Number of rows in the sample.
             */
            sampled: number;
        };
        DatasetOverlap: {
            /**
             * Format: int64
             * @description Number of columns that were compared: those in both data sets, without those that identify rows if there are others. If it is 0, no rows are in common.
             */
            columns: number;
            /**
             * Format: int64
             * @description Rows of the data set.
             */
            rows: number;
            /**
             * Format: int64
             * @description Rows of it that the other one has too.
             */
            inCommon: number;
            /**
             * Format: int64
             * @description Rows of the other data set.
             */
            otherRows: number;
            /**
             * Format: int64
             * @description Rows of the other one that this one has too.
             */
            otherInCommon: number;
        };
        Reject: {
            /** Format: int64 */
            line: number;
            column?: string;
            message: string;
            /** @description The beginning of the line. */
            text?: string;
        };
        Garbage: {
            dryRun: boolean;
            /**
             * Format: double
             * @description Younger files were not considered.
             */
            olderThanHours: number;
            /** @description At most 1,000 entries. */
            items: {
                /** @description A key of the store, or all keys with this prefix if it ends with `/`. */
                key: string;
                /** Format: int64 */
                keys: number;
                /** Format: int64 */
                bytes: number;
                reason: string;
            }[];
            total: {
                /** Format: int64 */
                items: number;
                /** Format: int64 */
                keys: number;
                /** Format: int64 */
                bytes: number;
            };
            /** @description Deleted temporary files and multipart uploads of dead processes. */
            swept: string[];
            /** @description Models whose log cannot be read. While there are any, no artifacts are deleted. */
            unreadable: string[];
        };
        Ready: {
            ready: boolean;
            /**
             * @description `degraded`: queue, store or a model is unreachable or damaged, or the store is full.
             * @enum {string}
             */
            status: "ready" | "degraded";
            queue: {
                /** @enum {string} */
                state: "ok" | "unreachable";
                /** @description Why the part cannot be used, if known. */
                detail?: string;
            };
            store: {
                /**
                 * @description `full`: its disk has less room than an ordinary job needs.
                 * @enum {string}
                 */
                state: "ok" | "full" | "unreachable";
                /** @description Why the part cannot be used, if known. */
                detail?: string;
            };
            models: {
                /** @enum {string} */
                state: "ok" | "failing";
                /**
                 * Format: int64
                 * @description Number of models with a version that answers by default.
                 */
                served: number;
                /** @description Names of the models that are `failing`. A service with API keys names no model to callers without one. */
                failed: string[];
                /** @description At most 200 models, the failing ones first. None for callers without a key, where the service has keys. */
                items: {
                    name: string;
                    /** @enum {string} */
                    state: "ok" | "failing";
                    /**
                     * Format: int64
                     * @description Version that answers by default; null: none.
                     */
                    version: number | null;
                    /** @description Why the newest state of the model cannot be served. */
                    detail?: string;
                }[];
            };
        };
        AnsweredRow: {
            /** Format: int64 */
            row: number;
            /** Format: double */
            score: number;
            actual: string | number | string[] | {
                [key: string]: number;
            };
            predicted: string | number | string[] | {
                [key: string]: number;
            };
            /** Format: double */
            confidence?: number;
            /** Format: double */
            probability?: number;
            likely?: boolean;
            features: {
                [key: string]: unknown;
            };
        };
        AnsweredRowPage: {
            /**
             * Format: int64
             * @description Number of all rows of the order.
             */
            total: number;
            /**
             * Format: int64
             * @description With `mislabelled`: how many labels are likely errors.
             */
            likely?: number;
            items: components["schemas"]["AnsweredRow"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        VersionExplanation: {
            /** Format: int64 */
            rows: number;
            seen: boolean;
            slices: components["schemas"]["Slices"];
            importance: {
                /** @enum {string} */
                metric: "logLoss" | "meanAbsoluteError";
                /** Format: int64 */
                repeats: number;
                /** Format: double */
                baseline: number;
                features: {
                    feature: string;
                    /** Format: double */
                    mean: number;
                    /** Format: double */
                    deviation: number;
                }[];
            };
            terms: {
                name: string;
                positive: {
                    term: string;
                    feature: string;
                    /** Format: double */
                    weight: number;
                }[];
                negative: {
                    term: string;
                    feature: string;
                    /** Format: double */
                    weight: number;
                }[];
            }[] | null;
            /** @enum {string|null} */
            termsBy: "weights" | "contributions" | null;
            curves: {
                feature: string;
                names: string[] | null;
                points: {
                    value: number | string;
                    outputs: number[];
                }[];
            }[];
        };
        JobError: {
            type: string;
            title: string;
            detail: string;
        };
        Progress: {
            /** @enum {string} */
            phase: "start" | "read" | "encode" | "fit" | "evaluate" | "publish" | "predict" | "join";
            /** Format: int64 */
            epoch: number | null;
            /** Format: int64 */
            epochs: number | null;
            /** Format: int64 */
            fold: number | null;
            loss: number | null;
            valLoss: number | null;
            etaSeconds: number | null;
            rows?: {
                /** Format: int64 */
                done: number;
                /** Format: int64 */
                total: number;
            };
        };
        JobWebhook: {
            /** @description The address, without its query. */
            url: string;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            /** Format: int64 */
            attempts: number;
            /**
             * Format: int64
             * @description HTTP status of the last answer of the receiver.
             */
            status: number | null;
            /** @description Why the last attempt failed. */
            error: string | null;
            /**
             * Format: date-time
             * @description When the webhook was delivered or given up.
             */
            at: string | null;
        };
        /** @description Limits of each process of the job, as ordered. The limits of the service apply as well. */
        JobLimits: {
            /** Format: int64 */
            seconds: number | null;
            /** Format: int64 */
            memoryMb: number | null;
        };
        Contribution: {
            /** @description A term of a text. */
            term?: string;
            /** @description The column; with a term only where the model has several columns. */
            feature?: string;
            /**
             * Format: double
             * @description What it adds to the explained number.
             */
            contribution: number;
            /** @description Places of the term in the text as it was sent, at most 100: start and end (excluded) in UTF-16 units. */
            spans?: number[][];
            /**
             * Format: int64
             * @description Number of all its places, if these are more than `spans`.
             */
            count?: number;
            /** @description False for a word that the model does not know and reads as any other unknown one. */
            known?: boolean;
        };
        Explained: {
            /** @description The explained class or label. */
            label?: string;
            /** @description The explained target, where there are several. */
            target?: string;
            /**
             * @description Unit of all numbers: logit (before sigmoid or softmax), ln of an ordered class’s probability, the target’s own unit, or ln(1 + value).
             * @enum {string}
             */
            scale: "logit" | "logProbability" | "value" | "logValue";
            /**
             * Format: double
             * @description The explained number for the row: `base` + all contributions + `rest`.
             */
            output: number;
            /**
             * Format: double
             * @description Sum of the contributions that are not listed.
             */
            rest: number;
            /** @description Where the answer is calibrated and `output` is the number before that: with ordered classes, and `isotonic` of several. Absent elsewhere. */
            beforeCalibration?: boolean;
        };
        PredictionNote: {
            /** @description The column of the value. */
            feature: string;
            /**
             * @description `gap`, `unknown-words` and `cut-text` occur only with an explanation.
             * @enum {string}
             */
            code: "outside-range" | "unknown-category" | "time-zone" | "gap" | "unknown-words" | "cut-text";
            message: string;
            /**
             * Format: double
             * @description Share of the words of a text that the model does not know, or that are left out.
             */
            share?: number;
            /** @description Smallest number, or first date, of the training rows. */
            min?: number | string;
            /** @description Largest number, or last date, of the training rows. */
            max?: number | string;
        };
        /** @description The answer of a model of the task multiLabel. */
        LabelsPrediction: {
            /** @description The predicted labels, the most likely first; may be empty. */
            labels: {
                label: string;
                /**
                 * Format: double
                 * @description Probability that the row has the label.
                 */
                score: number;
            }[];
            /** @description Probability of each label of the model. */
            probabilities: {
                [key: string]: number;
            };
            /** @description With `notes`: values outside the range of the training rows. */
            notes?: components["schemas"]["PredictionNote"][];
            /**
             * Format: double
             * @description With `explain`: the output for the empty row, whose texts have no words, whose numbers and dates are missing, and whose categories are unknown.
             */
            base?: number;
            /** @description With `explain`: what each term or feature adds to `base`, the largest first. */
            explanation?: components["schemas"]["Contribution"][];
            explained?: components["schemas"]["Explained"];
        };
        /** @description Holds the true value in the share `level` of rows such as those that the version was measured on. */
        Interval: {
            /** Format: double */
            low: number;
            /** Format: double */
            high: number;
            /** Format: double */
            level: number;
        };
        /** @description The answer of a classifier. */
        LabelPrediction: {
            label: string;
            /**
             * Format: double
             * @description Probability of the positive class; with more than two classes, of the label.
             */
            score: number;
            /**
             * Format: double
             * @description Probability of the label.
             */
            confidence: number;
            /** @description Probability of each class. */
            probabilities: {
                [key: string]: number;
            };
            /** @description With `set`: the classes of the prediction set, the most likely first. */
            labels?: {
                label: string;
                /**
                 * Format: double
                 * @description Probability that the row has the label.
                 */
                score: number;
            }[];
            /** @description Where the request has `abstain`: whether the confidence is below it, so that the label should not be used. */
            abstained?: boolean;
            /** @description With `notes`: values outside the range of the training rows. */
            notes?: components["schemas"]["PredictionNote"][];
            /**
             * Format: double
             * @description With `explain`: the output for the empty row, whose texts have no words, whose numbers and dates are missing, and whose categories are unknown.
             */
            base?: number;
            /** @description With `explain`: what each term or feature adds to `base`, the largest first. */
            explanation?: components["schemas"]["Contribution"][];
            explained?: components["schemas"]["Explained"];
        };
        /** @description The answer of a regression. */
        ValuePrediction: {
            /**
             * Format: double
             * @description The predicted value, in the unit of the target.
             */
            value: number;
            interval?: components["schemas"]["Interval"];
            /** @description With `notes`: values outside the range of the training rows. */
            notes?: components["schemas"]["PredictionNote"][];
            /**
             * Format: double
             * @description With `explain`: the output for the empty row, whose texts have no words, whose numbers and dates are missing, and whose categories are unknown.
             */
            base?: number;
            /** @description With `explain`: what each term or feature adds to `base`, the largest first. */
            explanation?: components["schemas"]["Contribution"][];
            explained?: components["schemas"]["Explained"];
        };
        /** @description The answer of a regression with several targets. */
        ValuesPrediction: {
            /** @description The predicted value of each target, in its own unit. */
            values: {
                [key: string]: number;
            };
            /** @description With `interval`: the prediction interval of each target. */
            intervals?: {
                [key: string]: components["schemas"]["Interval"];
            };
            /** @description With `notes`: values outside the range of the training rows. */
            notes?: components["schemas"]["PredictionNote"][];
            /**
             * Format: double
             * @description With `explain`: the output for the empty row, whose texts have no words, whose numbers and dates are missing, and whose categories are unknown.
             */
            base?: number;
            /** @description With `explain`: what each term or feature adds to `base`, the largest first. */
            explanation?: components["schemas"]["Contribution"][];
            explained?: components["schemas"]["Explained"];
        };
        /** @description What is wrong with a row, with `onError: row` or in a stream. */
        FailedPrediction: {
            error: {
                message: string;
                errors: {
                    path?: string;
                    message: string;
                }[];
            };
        };
        Prediction: components["schemas"]["LabelPrediction"] | components["schemas"]["LabelsPrediction"] | components["schemas"]["ValuePrediction"] | components["schemas"]["ValuesPrediction"] | components["schemas"]["FailedPrediction"];
        /** @description Model, version, and either the fields of one prediction or `predictions`, in the order of the rows. */
        PredictAnswer: {
            model: string;
            /** Format: int64 */
            version: number;
            predictions?: components["schemas"]["Prediction"][];
            label?: string;
            /** Format: double */
            score?: number;
            /** Format: double */
            confidence?: number;
            probabilities?: {
                [key: string]: number;
            };
            /** @description The predicted labels, the most likely first; may be empty. */
            labels?: {
                label: string;
                /**
                 * Format: double
                 * @description Probability that the row has the label.
                 */
                score: number;
            }[];
            /** Format: double */
            value?: number;
            values?: {
                [key: string]: number;
            };
            interval?: components["schemas"]["Interval"];
            /** @description With `interval`: the prediction interval of each target. */
            intervals?: {
                [key: string]: components["schemas"]["Interval"];
            };
            /** @description Where the request has `abstain`: whether the confidence is below it, so that the label should not be used. */
            abstained?: boolean;
            /** @description With `notes`: values outside the range of the training rows. */
            notes?: components["schemas"]["PredictionNote"][];
            /**
             * Format: double
             * @description With `explain`: the output for the empty row, whose texts have no words, whose numbers and dates are missing, and whose categories are unknown.
             */
            base?: number;
            /** @description With `explain`: what each term or feature adds to `base`, the largest first. */
            explanation?: components["schemas"]["Contribution"][];
            explained?: components["schemas"]["Explained"];
        } & {
            [key: string]: unknown;
        };
        PredictionJob: {
            /** Format: uuid */
            id: string;
            model: string;
            /** @description Id of the data set. */
            dataset: string;
            datasetName: string;
            state: components["schemas"]["JobState"];
            /** Format: int64 */
            attempt: number;
            reused: boolean;
            progress?: components["schemas"]["Progress"] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            error?: components["schemas"]["JobError"] | null;
            warnings: components["schemas"]["Warning"][];
            /**
             * Format: int64
             * @description Jobs with priority 1 run first, those with null last.
             */
            priority: number | null;
            limits: components["schemas"]["JobLimits"];
            /**
             * Format: uuid
             * @description Id of the parent job, if this job is a fold, a trial or a range of rows.
             */
            parent: string | null;
            /** @description The webhook that reports the end of the job; null: none. */
            webhook?: components["schemas"]["JobWebhook"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "prediction";
            /**
             * Format: int64
             * @description The version that predicts, fixed when the job was created.
             */
            version: number;
            /**
             * Format: int64
             * @description Rows of the data set.
             */
            rows: number;
            /**
             * Format: int64
             * @description Rows that could not be predicted; their `error` says why. Null before the end.
             */
            failedRows: number | null;
            columns: string[];
            /** @enum {string} */
            format: "csv" | "ndjson" | "parquet";
            scores: boolean;
            notes: boolean;
            interval: number | null;
            set: number | null;
            abstain: number | null;
            prefix: string;
            part: {
                /** @enum {string} */
                kind: "rows";
                /** Format: int64 */
                number: number;
                /** Format: int64 */
                from: number;
                /** Format: int64 */
                to: number;
            } | null;
        };
        BatchPrediction: {
            /** Format: uuid */
            id: string;
            model: string;
            /** @description Id of the data set. */
            dataset: string;
            datasetName: string;
            state: components["schemas"]["JobState"];
            /** Format: int64 */
            attempt: number;
            reused: boolean;
            progress?: components["schemas"]["Progress"] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            error?: components["schemas"]["JobError"] | null;
            warnings: components["schemas"]["Warning"][];
            /**
             * Format: int64
             * @description Jobs with priority 1 run first, those with null last.
             */
            priority: number | null;
            limits: components["schemas"]["JobLimits"];
            /**
             * Format: uuid
             * @description Id of the parent job, if this job is a fold, a trial or a range of rows.
             */
            parent: string | null;
            /** @description The webhook that reports the end of the job; null: none. */
            webhook?: components["schemas"]["JobWebhook"] | null;
            /** @enum {string} */
            kind: "prediction";
            /**
             * Format: int64
             * @description The version that predicts, fixed when the job was created.
             */
            version: number;
            /**
             * Format: int64
             * @description Rows of the data set.
             */
            rows: number;
            /**
             * Format: int64
             * @description Rows that could not be predicted; their `error` says why. Null before the end.
             */
            failedRows: number | null;
            columns: string[];
            /** @enum {string} */
            format: "csv" | "ndjson" | "parquet";
            scores: boolean;
            notes: boolean;
            interval: number | null;
            set: number | null;
            abstain: number | null;
            prefix: string;
            part: {
                /** @enum {string} */
                kind: "rows";
                /** Format: int64 */
                number: number;
                /** Format: int64 */
                from: number;
                /** Format: int64 */
                to: number;
            } | null;
            /** @description The file with the predictions; null until the job has completed. */
            result: {
                /** @description Address of the file. */
                path: string;
                mediaType: string;
                /** Format: int64 */
                bytes: number;
                sha256: string;
            } | null;
            /** @description When the result was deleted; null: it was not. */
            deleted: {
                /** Format: date-time */
                at: string;
                by: string | null;
                /** @description True if the result was older than PREDICTION_DAYS. */
                expired: boolean;
            } | null;
        };
        FoldPart: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "fold";
            /** Format: int64 */
            number: number;
            /** Format: int64 */
            fold: number;
            /** Format: int64 */
            repeat: number;
        };
        TrialPart: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "trial";
            /** Format: int64 */
            number: number;
            params: {
                [key: string]: unknown;
            };
        };
        History: {
            epochs: number[];
            /** Format: int64 */
            bestEpoch: number | null;
            /** Format: int64 */
            overfitsAfter: number | null;
            smoothed: {
                [key: string]: (number | null)[];
            };
            folds?: {
                [key: string]: (number | null)[];
            }[];
            /** Format: int64 */
            foldCount?: number;
            final?: {
                [key: string]: (number | null)[];
            };
        } & {
            [key: string]: unknown;
        };
        Job: {
            /** Format: uuid */
            id: string;
            model: string;
            /** @description Id of the data set. */
            dataset: string;
            datasetName: string;
            state: components["schemas"]["JobState"];
            /** Format: int64 */
            attempt: number;
            reused: boolean;
            progress?: components["schemas"]["Progress"] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            error?: components["schemas"]["JobError"] | null;
            warnings: components["schemas"]["Warning"][];
            /**
             * Format: int64
             * @description Jobs with priority 1 run first, those with null last.
             */
            priority: number | null;
            limits: components["schemas"]["JobLimits"];
            /**
             * Format: uuid
             * @description Id of the parent job, if this job is a fold, a trial or a range of rows.
             */
            parent: string | null;
            /** @description The webhook that reports the end of the job; null: none. */
            webhook?: components["schemas"]["JobWebhook"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "training";
            promote: components["schemas"]["Promote"];
            /** Format: int64 */
            version: number | null;
            recipe: components["schemas"]["Recipe"];
            part?: (components["schemas"]["FoldPart"] | components["schemas"]["TrialPart"]) | null;
        };
        AnyJob: components["schemas"]["Job"] | components["schemas"]["PredictionJob"];
        DryRun: {
            recipe: components["schemas"]["Recipe"];
            /**
             * Format: int64
             * @description Upper bound on the inputs of the network.
             */
            inputs: number;
            /** Format: int64 */
            parameters: number;
            /** @description Right within a factor of two or three. */
            estimated: {
                /** Format: double */
                seconds: number;
                /** Format: double */
                memoryMb: number;
            };
            warnings: components["schemas"]["Warning"][];
            /** @description What the fields of the recipe that divide, weight or decide rows do with this data set. */
            notes: {
                path: string;
                message: string;
            }[];
        };
        Trial: {
            /** Format: uuid */
            id: string;
            /** Format: int64 */
            number: number;
            /** @description The values of this trial by the paths of `search.over`. */
            params: {
                [key: string]: unknown;
            };
            state: components["schemas"]["JobState"];
            /** @description True if the trial was stopped early because it fell behind the others. */
            stopped: boolean;
            /** @description The metric of the search, at the epoch that was chosen. */
            score: number | null;
            /** Format: int64 */
            epochs: number;
            /** @description Why the trial failed. */
            error?: components["schemas"]["JobError"] | null;
        };
        JobLogEntry: {
            /** Format: date-time */
            at: string;
            /**
             * @description `started`: an attempt of it, or of its last step after folds or trials.
             * @enum {string}
             */
            event: "ordered" | "started" | "cancelRequested" | "retried" | "completed" | "failed" | "cancelled";
            /** @description Name of the API key that requested it. */
            by: string | null;
            /**
             * Format: int64
             * @description Number of the attempt that started.
             */
            attempt: number | null;
            /** @description Why the job failed. */
            detail: string | null;
        };
        RunningJob: {
            /** Format: uuid */
            id: string;
            model: string;
            /** @enum {string} */
            kind: "training" | "prediction";
            /**
             * Format: uuid
             * @description Id of the job that it is a part of.
             */
            parent: string | null;
            /** @description Which part of its parent it is, from 1. */
            part: {
                /** @enum {string} */
                kind: "fold" | "trial" | "rows";
                /** Format: int64 */
                number: number;
            } | null;
            /** @description Machine and process id of the worker, as `host:pid`; null for one of an earlier release. */
            worker: string | null;
            /** Format: date-time */
            startedAt: string | null;
        };
        Workload: {
            /**
             * Format: int64
             * @description Processes that take jobs. Each may run several at once.
             */
            processes: number;
            /**
             * Format: int64
             * @description Jobs that a worker could take. A key for some models has those of `next` counted.
             */
            waiting: number;
            /**
             * Format: int64
             * @description Jobs that a worker has. A key for some models has those of `running` counted.
             */
            active: number;
            /** @description At most 200 of the active jobs. */
            running: components["schemas"]["RunningJob"][];
            /** @description The next 200 of the waiting jobs by model, the model with the most first. */
            next: {
                model: string;
                /** Format: int64 */
                jobs: number;
            }[];
        };
        TrafficFigures: {
            /**
             * Format: int64
             * @description Number of answered requests and parts of streams.
             */
            requests: number;
            /**
             * Format: int64
             * @description Rows in them.
             */
            rows: number;
            /** @description Median response time in milliseconds; null: no requests. */
            p50Ms: number | null;
            /** @description 99th percentile of the response time in milliseconds. */
            p99Ms: number | null;
        };
        Traffic: {
            /** @description Id of the process that answered; each process has its own counts. It changes with a restart. */
            process: string;
            /**
             * Format: double
             * @description Seconds that `recent` spans: about 60, or fewer after a start.
             */
            seconds: number;
            /** @description The busiest model first; models without requests are left out. */
            items: {
                /** @description `*`: all models beyond the first 200. */
                model: string;
                recent: components["schemas"]["TrafficFigures"];
                /** @description Since the process started. */
                total: components["schemas"]["TrafficFigures"];
            }[];
        };
        Trend: {
            model: string;
            /** @description The newest first, followed by `production` if it is older. */
            versions: {
                /** Format: int64 */
                version: number;
                metrics: {
                    [key: string]: number | null;
                };
            }[];
        };
        DatasetSummaryPage: {
            items: components["schemas"]["DatasetSummary"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        RejectPage: {
            items: components["schemas"]["Reject"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        AnyJobPage: {
            items: components["schemas"]["AnyJob"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        TrialPage: {
            items: components["schemas"]["Trial"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        JobLogEntryPage: {
            items: components["schemas"]["JobLogEntry"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        ModelSummaryPage: {
            items: components["schemas"]["ModelSummary"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        LogEntryPage: {
            items: components["schemas"]["LogEntry"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        VersionPage: {
            items: components["schemas"]["Version"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        TrendPage: {
            items: components["schemas"]["Trend"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
        AuditEntryPage: {
            items: components["schemas"]["AuditEntry"][];
            /** @description `cursor` of the next page. Null: this is the last one. */
            next: string | null;
        };
    };
    responses: {
        /** @description The key lacks a permission, there are too many requests, or the service cannot answer now: `urn:fitserve:unauthorized`: Unauthorized. `urn:fitserve:forbidden`: Forbidden. `urn:fitserve:rate-limited`: Too many requests. `urn:fitserve:overloaded`: Overloaded. `urn:fitserve:not-ready`: Not ready. `urn:fitserve:internal`: Internal error. `urn:fitserve:store-unavailable`: Store unavailable. `urn:fitserve:source-unavailable`: Source unavailable. `urn:fitserve:corrupt-artifact`: Corrupt artifact. `urn:fitserve:queue-unavailable`: Queue unavailable. `urn:fitserve:deadline-exceeded`: Deadline exceeded. */
        AnyProblem: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:invalid-json`: Invalid JSON. `urn:fitserve:invalid-query`: Invalid query. `urn:fitserve:invalid-request`: Invalid request. `urn:fitserve:invalid-rows`: Invalid rows. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:not-found`: Not found. `urn:fitserve:unknown-dataset`: Unknown data set. `urn:fitserve:unknown-job`: Unknown job. `urn:fitserve:unknown-prediction`: Unknown prediction. `urn:fitserve:unknown-model`: Unknown model. `urn:fitserve:unknown-version`: Unknown version. `urn:fitserve:unknown-alias`: Unknown alias. `urn:fitserve:unknown-schedule`: Unknown schedule. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:dataset-in-use`: Data set in use. `urn:fitserve:version-in-use`: Version in use. `urn:fitserve:job-finished`: Job already finished. `urn:fitserve:job-not-retryable`: Job not retryable. `urn:fitserve:no-result`: No result. `urn:fitserve:idempotency-key-reused`: Idempotency-Key reused. `urn:fitserve:nothing-to-roll-back`: Nothing to roll back. `urn:fitserve:cancelled`: Cancelled. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:precondition-failed`: Precondition failed. */
        PreconditionFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:payload-too-large`: Payload too large. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:unsupported-media-type`: Unsupported media type. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:range-not-satisfiable`: Range not satisfiable. */
        RangeNotSatisfiable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `urn:fitserve:invalid-dataset`: Invalid data set. `urn:fitserve:invalid-job`: Invalid job. `urn:fitserve:invalid-archive`: Invalid archive. `urn:fitserve:invalid-schedule`: Invalid schedule. */
        UnprocessableEntity: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        AbstainQuery: number;
        /** @example production */
        AliasPath: string;
        /** @description The value of `next` from the previous page. */
        CursorQuery: string;
        /**
         * @description Id or name of a data set.
         * @example reviews
         */
        DatasetPath: string;
        /** @description Forms of dates, for any column or for one: `%d.%m.%Y`, `born:%d/%m/%Y,at:%s`. The directives are those of `strptime`; `%s` are seconds and `%Q` milliseconds since 1970, `%E` days since 1900 as Excel counts them, `%q` a quarter, `%G-W%V` a week. */
        DatesQuery: string;
        /** @description Decimal sign of numbers that have two readings, such as 1,234; the other one separates thousands. Default: the one that the values of a column show. */
        DecimalQuery: "." | ",";
        /** @description The character between the fields of a CSV file, or `tab`. Default: the one that the header shows, else a comma. */
        DelimiterQuery: string;
        /** @description The character between the fields, or `tab`. Default: the one that the header shows, else a comma. */
        DelimiterQuery2: string;
        /** @description Encoding of a text file. Default: UTF-16 if the file begins with its byte order mark, else UTF-8. */
        EncodingQuery: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "iso-8859-1" | "cp949" | "euc-kr" | "windows-1250" | "windows-1251" | "windows-1253" | "windows-1254" | "windows-1257" | "koi8-r" | "shift_jis" | "euc-jp" | "gb18030" | "big5";
        /** @description Name of the file to read in a zip archive of several. */
        EntryQuery: string;
        /** @description Whether the first line of a CSV file or a sheet names the columns. With `false` they are called column1, column2, … */
        HeaderQuery: "true" | "false";
        IdPath: string;
        /** @description For 24 hours, the same key with the same body returns the same job. */
        IdempotencyKeyHeader: string;
        /** @description The `ETag` of the picture that the client has. */
        IfNoneMatchHeader: string;
        /** @description What happens to a first column of a CSV file that has no name and counts the rows: it is left out, or kept as `index`. */
        IndexQuery: "drop" | "keep";
        IntervalQuery: number;
        LimitQuery: number;
        /** @description Texts that count as missing in any column, separated by commas, in any case: `99,keine Angabe`. */
        MissingQuery: string;
        /** @description May be left out if there is only one model. */
        ModelQuery: string;
        /** @example imdb */
        NamePath: string;
        /** @description `true`: notes on values outside of what the training rows taught. Default: `false`. */
        NotesQuery: "true" | "false";
        OnErrorQuery: "refuse" | "skip";
        /** @description `refuse`, the default: one bad row refuses the request. `row`: bad rows get an error, the others a prediction. */
        OnErrorQuery2: "refuse" | "row";
        /** @description `wait=30`: the answer waits up to 30 seconds (at most 300) for the job to end, and has the job as it is then. Its `state` tells whether it has ended. */
        PreferHeader: string;
        /** @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text. */
        QuotesQuery: "double" | "single" | "none" | "backslash";
        SetQuery: number;
        /** @description Name of the sheet of a spreadsheet, or its number from 1. Default: the first that has a value and is not hidden. */
        SheetQuery: string;
        /** @description Lines of a CSV file, or rows of a sheet, above the table that are left out, such as notes or a title: 0 to 1,000. */
        SkipQuery: string;
        /** @description Colours for a light or a dark page. */
        ThemeQuery: "light" | "dark";
        /** @description Types of columns, for example `zip:category,rooms:number`. */
        TypesQuery: string;
        /**
         * @description Number of a version, or an alias.
         * @example production
         */
        VersionPath: string;
        /** @description Number of a version, or an alias. Default: `production`. */
        VersionQuery: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listDatasets: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Lists all data sets that this name has pointed at. */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetSummaryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    uploadDataset: {
        parameters: {
            query: {
                /** @example reviews */
                name: string;
                /** @description Name of the file to read in a zip archive of several. */
                entry?: components["parameters"]["EntryQuery"];
                /** @description Name of the sheet of a spreadsheet, or its number from 1. Default: the first that has a value and is not hidden. */
                sheet?: components["parameters"]["SheetQuery"];
                /** @description The character between the fields of a CSV file, or `tab`. Default: the one that the header shows, else a comma. */
                delimiter?: components["parameters"]["DelimiterQuery"];
                /** @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text. */
                quotes?: components["parameters"]["QuotesQuery"];
                /** @description Whether the first line of a CSV file or a sheet names the columns. With `false` they are called column1, column2, … */
                header?: components["parameters"]["HeaderQuery"];
                /** @description Lines of a CSV file, or rows of a sheet, above the table that are left out, such as notes or a title: 0 to 1,000. */
                skip?: components["parameters"]["SkipQuery"];
                /** @description What happens to a first column of a CSV file that has no name and counts the rows: it is left out, or kept as `index`. */
                index?: components["parameters"]["IndexQuery"];
                onError?: components["parameters"]["OnErrorQuery"];
                /** @description Types of columns, for example `zip:category,rooms:number`. */
                types?: components["parameters"]["TypesQuery"];
                /** @description Forms of dates, for any column or for one: `%d.%m.%Y`, `born:%d/%m/%Y,at:%s`. The directives are those of `strptime`; `%s` are seconds and `%Q` milliseconds since 1970, `%E` days since 1900 as Excel counts them, `%q` a quarter, `%G-W%V` a week. */
                dates?: components["parameters"]["DatesQuery"];
                /** @description Decimal sign of numbers that have two readings, such as 1,234; the other one separates thousands. Default: the one that the values of a column show. */
                decimal?: components["parameters"]["DecimalQuery"];
                /** @description Encoding of a text file. Default: UTF-16 if the file begins with its byte order mark, else UTF-8. */
                encoding?: components["parameters"]["EncodingQuery"];
                /** @description Texts that count as missing in any column, separated by commas, in any case: `99,keine Angabe`. */
                missing?: components["parameters"]["MissingQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
                "application/vnd.apache.parquet": string;
                "application/vnd.apache.arrow.file": string;
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                "application/zip": string;
                "application/octet-stream": string;
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                };
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            400: components["responses"]["BadRequest"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listRows: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
            };
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RowPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    appendRows: {
        parameters: {
            query?: {
                /** @description Name of the file to read in a zip archive of several. */
                entry?: components["parameters"]["EntryQuery"];
                /** @description Name of the sheet of a spreadsheet, or its number from 1. Default: the first that has a value and is not hidden. */
                sheet?: components["parameters"]["SheetQuery"];
                /** @description The character between the fields of a CSV file, or `tab`. Default: the one that the header shows, else a comma. */
                delimiter?: components["parameters"]["DelimiterQuery"];
                /** @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text. */
                quotes?: components["parameters"]["QuotesQuery"];
                /** @description Whether the first line of a CSV file or a sheet names the columns. With `false` they are called column1, column2, … */
                header?: components["parameters"]["HeaderQuery"];
                /** @description Lines of a CSV file, or rows of a sheet, above the table that are left out, such as notes or a title: 0 to 1,000. */
                skip?: components["parameters"]["SkipQuery"];
                /** @description What happens to a first column of a CSV file that has no name and counts the rows: it is left out, or kept as `index`. */
                index?: components["parameters"]["IndexQuery"];
                onError?: components["parameters"]["OnErrorQuery"];
                /** @description Types of columns, for example `zip:category,rooms:number`. */
                types?: components["parameters"]["TypesQuery"];
                /** @description Forms of dates, for any column or for one: `%d.%m.%Y`, `born:%d/%m/%Y,at:%s`. The directives are those of `strptime`; `%s` are seconds and `%Q` milliseconds since 1970, `%E` days since 1900 as Excel counts them, `%q` a quarter, `%G-W%V` a week. */
                dates?: components["parameters"]["DatesQuery"];
                /** @description Decimal sign of numbers that have two readings, such as 1,234; the other one separates thousands. Default: the one that the values of a column show. */
                decimal?: components["parameters"]["DecimalQuery"];
                /** @description Encoding of a text file. Default: UTF-16 if the file begins with its byte order mark, else UTF-8. */
                encoding?: components["parameters"]["EncodingQuery"];
                /** @description Texts that count as missing in any column, separated by commas, in any case: `99,keine Angabe`. */
                missing?: components["parameters"]["MissingQuery"];
            };
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
                "application/vnd.apache.parquet": string;
                "application/vnd.apache.arrow.file": string;
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                "application/zip": string;
                "application/octet-stream": string;
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                };
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    importDataset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DatasetImport"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            400: components["responses"]["BadRequest"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    deleteDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listDistributions: {
        parameters: {
            query?: {
                limit?: number;
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
            };
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DistributionPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getOverlap: {
        parameters: {
            query: {
                /** @description Id of the other data set, or its name. */
                with: string;
            };
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetOverlap"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listRejects: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
            };
            header?: never;
            path: {
                /**
                 * @description Id or name of a data set.
                 * @example reviews
                 */
                dataset: components["parameters"]["DatasetPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RejectPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listJobs: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
                state?: components["schemas"]["JobState"];
                model?: string;
                kind?: "training" | "prediction";
                /** @description Id of a job: lists its folds, trials or ranges of rows. */
                parent?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnyJobPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    submitJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description For 24 hours, the same key with the same body returns the same job. */
                "idempotency-key"?: components["parameters"]["IdempotencyKeyHeader"];
                /** @description `wait=30`: the answer waits up to 30 seconds (at most 300) for the job to end, and has the job as it is then. Its `state` tells whether it has ended. */
                prefer?: components["parameters"]["PreferHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["BadRequest"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    checkJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRun"];
                };
            };
            400: components["responses"]["BadRequest"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnyJob"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnyJob"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getJobHistory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listTrials: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
            };
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getJobLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobLogEntryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnyJob"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    followJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `id` of the last event that the client has received. */
                "last-event-id"?: string;
            };
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description The job has ended, and the client has received its last event. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listModels: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only models whose names contain this, ignoring case. */
                name?: string;
                /** @description Only models with this tag: `team`, or `team:search` for the tag with this value. */
                tag?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelSummaryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    deleteModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getModelLog: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
            };
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogEntryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    setAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /** @example production */
                alias: components["parameters"]["AliasPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AliasRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AliasMove"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    deleteAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /** @example production */
                alias: components["parameters"]["AliasPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    rollBack: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AliasMove"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    retrainModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetrainRequest"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listVersions: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only versions with this tag: `team`, or `team:search` for the tag with this value. */
                tag?: string;
                /** @description Only versions that meet these conditions: `accuracy >= 0.9 and optimizer.type = adam`. Up to 10 conditions, joined by `and`. Each is a metric, a field of the recipe or `dataset`, one of `= != > >= < <= ~` (contains), and a value, which needs quotes if it contains `and` or an operator. */
                where?: string;
            };
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    importVersion: {
        parameters: {
            query?: {
                /** @description Whether to promote the version. Absent: it is promoted if the model has none in production. */
                promote?: "always" | "never";
            };
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-tar": string;
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            400: components["responses"]["BadRequest"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    deleteVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    evaluateVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluateRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Evaluation"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getSignature: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Signature"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getRowSchema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JSON Schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RowSchema"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getHistory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getEvaluation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Evaluation"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listTrends: {
        parameters: {
            query: {
                /** @description Names of models, at most 30, with commas between them. */
                models: string;
                versions?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrendPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getExplanation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionExplanation"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listVersionRows: {
        parameters: {
            query: {
                /** @description `worst`: largest loss or error. `uncertain`: two classes are almost equally likely. `mislabelled`: labels that are probably wrong, by confident learning. `cell`: a cell of the confusion matrix. `near`: for a regression, the rows nearest to a true and a predicted number. */
                kind: "worst" | "uncertain" | "mislabelled" | "cell" | "near";
                /** @description With `cell`: the class of the rows. With `near`: their true number. */
                actual?: string;
                /** @description With `cell`: the predicted class. With `near`: the predicted number. */
                predicted?: string;
                format?: "json" | "ndjson" | "csv";
                limit?: number;
                /** @description The value of `next` from the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows. With `format`, its items as lines of NDJSON, or as CSV with a header. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnsweredRowPage"];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    setSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    deleteSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    setSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    describeModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DescriptionRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Description"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    describeVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DescriptionRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Description"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    setThreshold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ThresholdRequest"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThresholdVersion"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    exportVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getPlot: {
        parameters: {
            query?: {
                /** @description Colours for a light or a dark page. */
                theme?: components["parameters"]["ThemeQuery"];
            };
            header?: {
                /** @description The `ETag` of the picture that the client has. */
                "if-none-match"?: components["parameters"]["IfNoneMatchHeader"];
            };
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
                /**
                 * @description Number of a version, or an alias.
                 * @example production
                 */
                version: components["parameters"]["VersionPath"];
                /** @description Name and format of a plot, for example `loss.svg`. */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plot, 640 pixels wide. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                    "image/png": string;
                };
            };
            /** @description The picture has not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getJobPlot: {
        parameters: {
            query?: {
                /** @description Colours for a light or a dark page. */
                theme?: components["parameters"]["ThemeQuery"];
            };
            header?: {
                /** @description The `ETag` of the picture that the client has. */
                "if-none-match"?: components["parameters"]["IfNoneMatchHeader"];
            };
            path: {
                id: components["parameters"]["IdPath"];
                /** @description Name and format of a plot, for example `loss.svg`. */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plot, 640 pixels wide. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                    "image/png": string;
                };
            };
            /** @description The picture has not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    predict: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    predictByModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictModelRequest"];
            };
        };
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    predictCsv: {
        parameters: {
            query?: {
                /** @description May be left out if there is only one model. */
                model?: components["parameters"]["ModelQuery"];
                /** @description Number of a version, or an alias. Default: `production`. */
                version?: components["parameters"]["VersionQuery"];
                interval?: components["parameters"]["IntervalQuery"];
                set?: components["parameters"]["SetQuery"];
                abstain?: components["parameters"]["AbstainQuery"];
                /** @description The character between the fields, or `tab`. Default: the one that the header shows, else a comma. */
                delimiter?: components["parameters"]["DelimiterQuery2"];
                /** @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text. */
                quotes?: components["parameters"]["QuotesQuery"];
                /** @description `refuse`, the default: one bad row refuses the request. `row`: bad rows get an error, the others a prediction. */
                onError?: components["parameters"]["OnErrorQuery2"];
                /** @description `true`: notes on values outside of what the training rows taught. Default: `false`. */
                notes?: components["parameters"]["NotesQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description A line for each row, in order, below a line with the names of the columns. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    predictCsvByModel: {
        parameters: {
            query?: {
                /** @description Number of a version, or an alias. Default: `production`. */
                version?: components["parameters"]["VersionQuery"];
                interval?: components["parameters"]["IntervalQuery"];
                set?: components["parameters"]["SetQuery"];
                abstain?: components["parameters"]["AbstainQuery"];
                /** @description The character between the fields, or `tab`. Default: the one that the header shows, else a comma. */
                delimiter?: components["parameters"]["DelimiterQuery2"];
                /** @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text. */
                quotes?: components["parameters"]["QuotesQuery"];
                /** @description `refuse`, the default: one bad row refuses the request. `row`: bad rows get an error, the others a prediction. */
                onError?: components["parameters"]["OnErrorQuery2"];
                /** @description `true`: notes on values outside of what the training rows taught. Default: `false`. */
                notes?: components["parameters"]["NotesQuery"];
            };
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description A line for each row, in order, below a line with the names of the columns. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    predictStream: {
        parameters: {
            query?: {
                /** @description May be left out if there is only one model. */
                model?: components["parameters"]["ModelQuery"];
                /** @description Number of a version, or an alias. Default: `production`. */
                version?: components["parameters"]["VersionQuery"];
                interval?: components["parameters"]["IntervalQuery"];
                set?: components["parameters"]["SetQuery"];
                abstain?: components["parameters"]["AbstainQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description One line of JSON for each line that is not blank, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    predictStreamByModel: {
        parameters: {
            query?: {
                /** @description Number of a version, or an alias. Default: `production`. */
                version?: components["parameters"]["VersionQuery"];
                interval?: components["parameters"]["IntervalQuery"];
                set?: components["parameters"]["SetQuery"];
                abstain?: components["parameters"]["AbstainQuery"];
            };
            header?: never;
            path: {
                /** @example imdb */
                name: components["parameters"]["NamePath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description One line of JSON for each line that is not blank, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            default: components["responses"]["AnyProblem"];
        };
    };
    orderPrediction: {
        parameters: {
            query?: never;
            header?: {
                /** @description For 24 hours, the same key with the same body returns the same job. */
                "idempotency-key"?: components["parameters"]["IdempotencyKeyHeader"];
                /** @description `wait=30`: the answer waits up to 30 seconds (at most 300) for the job to end, and has the job as it is then. Its `state` tells whether it has ended. */
                prefer?: components["parameters"]["PreferHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictionOrder"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchPrediction"];
                };
            };
            400: components["responses"]["BadRequest"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    orderPredictionOfFile: {
        parameters: {
            query: {
                /** @description Name of the file to read in a zip archive of several. */
                entry?: components["parameters"]["EntryQuery"];
                /** @description Name of the sheet of a spreadsheet, or its number from 1. Default: the first that has a value and is not hidden. */
                sheet?: components["parameters"]["SheetQuery"];
                /** @description The character between the fields of a CSV file, or `tab`. Default: the one that the header shows, else a comma. */
                delimiter?: components["parameters"]["DelimiterQuery"];
                /** @description How texts of a CSV file are quoted. `double`, the default: in double quotes, of which two stand for one. `single`: in single quotes, likewise. `none`: a quote is a character like others. `backslash`: in double quotes, with a backslash before each one within a text. */
                quotes?: components["parameters"]["QuotesQuery"];
                /** @description Whether the first line of a CSV file or a sheet names the columns. With `false` they are called column1, column2, … */
                header?: components["parameters"]["HeaderQuery"];
                /** @description Lines of a CSV file, or rows of a sheet, above the table that are left out, such as notes or a title: 0 to 1,000. */
                skip?: components["parameters"]["SkipQuery"];
                /** @description What happens to a first column of a CSV file that has no name and counts the rows: it is left out, or kept as `index`. */
                index?: components["parameters"]["IndexQuery"];
                onError?: components["parameters"]["OnErrorQuery"];
                /** @description Types of columns, for example `zip:category,rooms:number`. */
                types?: components["parameters"]["TypesQuery"];
                /** @description Forms of dates, for any column or for one: `%d.%m.%Y`, `born:%d/%m/%Y,at:%s`. The directives are those of `strptime`; `%s` are seconds and `%Q` milliseconds since 1970, `%E` days since 1900 as Excel counts them, `%q` a quarter, `%G-W%V` a week. */
                dates?: components["parameters"]["DatesQuery"];
                /** @description Decimal sign of numbers that have two readings, such as 1,234; the other one separates thousands. Default: the one that the values of a column show. */
                decimal?: components["parameters"]["DecimalQuery"];
                /** @description Encoding of a text file. Default: UTF-16 if the file begins with its byte order mark, else UTF-8. */
                encoding?: components["parameters"]["EncodingQuery"];
                /** @description Texts that count as missing in any column, separated by commas, in any case: `99,keine Angabe`. */
                missing?: components["parameters"]["MissingQuery"];
                /** @description Name of the model, alone or as `NAME@VERSION` with the number of a version or an alias. Default: the version in `production`. The version is fixed when the job is created. */
                model: string;
                /** @description Name of the data set that the file becomes. Default: that of the model, and `-input`. */
                name?: string;
                /** @description Columns of the file that the result repeats ahead of the answer, in this order, separated by commas. A name with a comma is not possible here: upload the file as a data set. */
                columns?: string;
                format?: "csv" | "ndjson" | "parquet";
                /** @description `true`: the scores of all classes. Default: `false`. */
                scores?: "true" | "false";
                /** @description `true`: notes on values outside of what the training rows taught. Default: `false`. */
                notes?: components["parameters"]["NotesQuery"];
                interval?: components["parameters"]["IntervalQuery"];
                set?: components["parameters"]["SetQuery"];
                abstain?: components["parameters"]["AbstainQuery"];
                prefix?: string;
            };
            header?: {
                /** @description For 24 hours, the same key with the same body returns the same job. */
                "idempotency-key"?: components["parameters"]["IdempotencyKeyHeader"];
                /** @description `wait=30`: the answer waits up to 30 seconds (at most 300) for the job to end, and has the job as it is then. Its `state` tells whether it has ended. */
                prefer?: components["parameters"]["PreferHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
                "application/vnd.apache.parquet": string;
                "application/vnd.apache.arrow.file": string;
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                "application/zip": string;
                "application/octet-stream": string;
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                };
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchPrediction"];
                };
            };
            400: components["responses"]["BadRequest"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getPrediction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchPrediction"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["AnyProblem"];
        };
    };
    deletePrediction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getPredictionResult: {
        parameters: {
            query?: never;
            header?: {
                /** @description Bytes of the file, such as `bytes=1000-`. One range at a time. */
                range?: string;
                /** @description An `ETag`: of another file than this one, the whole is sent. */
                "if-range"?: string;
            };
            path: {
                id: components["parameters"]["IdPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file with all answers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv; charset=utf-8": string;
                    "application/x-ndjson": string;
                    "application/vnd.apache.parquet": string;
                };
            };
            /** @description The bytes of the file that `Range` requests. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv; charset=utf-8": string;
                    "application/x-ndjson": string;
                    "application/vnd.apache.parquet": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            416: components["responses"]["RangeNotSatisfiable"];
            default: components["responses"]["AnyProblem"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                limit?: components["parameters"]["LimitQuery"];
                /** @description The value of `next` from the previous page. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Name of the API key that made the change. */
                by?: string;
                /** @description What was done, as the entries name it: `setAlias`. */
                action?: string;
                /** @description The model that the change was about. */
                model?: string;
                /** @description Changes from this time on. */
                since?: string;
                /** @description Changes before this time. */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    collectGarbage: {
        parameters: {
            query?: {
                /** @description `true`: only lists what would be deleted. */
                dryRun?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Garbage"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getWorkload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workload"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getTraffic: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Traffic"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        live: boolean;
                        version: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics as text. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
    getAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Access"];
                };
            };
            400: components["responses"]["BadRequest"];
            default: components["responses"]["AnyProblem"];
        };
    };
}
