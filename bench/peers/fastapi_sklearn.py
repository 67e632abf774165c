"""The usual Python way: a scikit-learn pipeline behind FastAPI. Arguments: a CSV file, a file to keep the model in."""

import sys

from served import serve
from text_model import trained

model = trained(sys.argv[1], sys.argv[2])
serve(lambda text: float(model.predict_proba([text])[0, 1]))
