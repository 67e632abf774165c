"""LightGBM with 500 trees of 63 leaves on a table of numbers. Arguments: CSV files to train on and to measure on."""

import json
import sys
import time

import lightgbm
import numpy as np
import pandas as pd

train, test = (pd.read_csv(file).to_numpy() for file in sys.argv[1:3])
start = time.perf_counter()
model = lightgbm.LGBMRegressor(n_estimators=500, num_leaves=63, verbose=-1)
model.fit(train[:, :-1], train[:, -1])
seconds = time.perf_counter() - start
error = float(np.sqrt(np.mean((model.predict(test[:, :-1]) - test[:, -1]) ** 2)))
print(json.dumps({"seconds": seconds, "rmse": error}))
