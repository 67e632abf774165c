"""Encodes a table and a text by MLServer's codecs, asks a service, and decodes its answers."""

import json
import sys
import urllib.request

import pandas as pd
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

url, text = sys.argv[1:]


def infer(model, request):
    body = request.model_dump_json().encode()
    answer = urllib.request.urlopen(
        urllib.request.Request(f'{url}/v2/models/{model}/infer', body, {'Content-Type': 'application/json'})
    )
    return InferenceResponse.model_validate(json.load(answer))


texts = StringCodec.encode_input('text', [text])
response = infer('reviews', InferenceRequest(inputs=[texts]))
by_name = {output.name: output for output in response.outputs}
print(StringCodec.decode_output(by_name['label'])[0], repr(float(NumpyCodec.decode_output(by_name['score'])[0][0])))

# The codec does not know the texts of pandas 3.
rows = pd.DataFrame([json.loads(line) for line in sys.stdin]).astype({'ocean_proximity': object})
frame = PandasCodec.decode_response(infer('houses', PandasCodec.encode_request(rows)))
print([float(value) for value in frame['value']])
