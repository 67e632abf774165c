"""California's houses by H2O. Arguments: training file, test file, `deeplearning` or `gbm`, epochs or trees."""

import json
import sys
import time

import h2o
from h2o.estimators import H2ODeepLearningEstimator, H2OGradientBoostingEstimator

# Options were chosen on a fifth of the training file: of deep learning the defaults (200-200) with the loss that is
# measured, which was more accurate and faster than the default loss; of GBM deeper and slower trees than the default.
TARGET = "median_house_value"
begin = time.perf_counter()
h2o.init(nthreads=-1, max_mem_size="4g", bind_to_localhost=True, verbose=False, log_level="WARN")
h2o.no_progress()
started = time.perf_counter()
try:
    train = h2o.upload_file(sys.argv[1], col_types={"ocean_proximity": "enum"})
    if sys.argv[3] == "gbm":
        model = H2OGradientBoostingEstimator(
            ntrees=int(sys.argv[4]), max_depth=8, learn_rate=0.05, sample_rate=0.8, col_sample_rate=0.8, seed=1
        )
    else:
        model = H2ODeepLearningEstimator(epochs=float(sys.argv[4]), loss="Absolute", seed=1)
    model.train(y=TARGET, training_frame=train)
    trained = time.perf_counter()
    mae = model.model_performance(h2o.upload_file(sys.argv[2])).mae()
    print(json.dumps({"start": started - begin, "train": trained - started, "mae": mae}))
finally:
    h2o.cluster().shutdown()
