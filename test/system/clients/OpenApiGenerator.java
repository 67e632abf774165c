import java.io.File;
import java.util.Set;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.DataSetsApi;
import org.openapitools.client.api.JobsApi;
import org.openapitools.client.api.PredictionApi;
import org.openapitools.client.model.Dataset;
import org.openapitools.client.model.Job;
import org.openapitools.client.model.JobRequest;
import org.openapitools.client.model.PredictAnswer;
import org.openapitools.client.model.PredictRequest;
import org.openapitools.client.model.Recipe;

/** Uploads a data set, trains on it, follows the job and predicts, by the Java client of openapi-generator. */
public class OpenApiGenerator {
    private static final Set<String> OPEN = Set.of("queued", "active");

    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient().setBasePath(arguments[0]);
        File file = new File(arguments[1]);
        Dataset dataset = new DataSetsApi(client)
            .uploadDataset("java", file, null, null, null, null, null, null, null, null, null, null, null, null, null);
        JobsApi jobs = new JobsApi(client);
        JobRequest order = new JobRequest().model("java").dataset(dataset.getId()).recipe(new Recipe().epochs(2));
        Job job = jobs.submitJob(order, null, null);
        while (OPEN.contains(job.getState().getValue())) {
            Thread.sleep(200);
            job = jobs.getJob(job.getId()).getJob();
        }
        PredictAnswer answer = new PredictionApi(client).predict(new PredictRequest().model("java").text("A wonderful film"));
        System.out.printf("%d %s %d %s%n", dataset.getRows(), job.getState(), job.getVersion(), answer.getLabel());
    }
}
