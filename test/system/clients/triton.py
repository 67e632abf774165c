"""Asks a service by tritonclient, over HTTP and gRPC, with tensors as bytes and as JSON. Prints what each way answered."""

import sys

import numpy as np
import tritonclient.grpc
import tritonclient.http

http_address, grpc_address, text = sys.argv[1:]
texts = np.array([[text]], dtype=object)


def answers(module, address, **binary):
    client = module.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready('reviews')
    given = module.InferInput('text', [1, 1], 'BYTES')
    given.set_data_from_numpy(texts, **binary)
    wanted = [module.InferRequestedOutput(name, **binary) for name in ('label', 'score')]
    result = client.infer('reviews', [given], outputs=wanted)
    label = result.as_numpy('label').ravel()[0]
    label = label.decode() if isinstance(label, bytes) else label
    print(label, repr(float(result.as_numpy('score').ravel()[0])))


answers(tritonclient.http, http_address, binary_data=True)
answers(tritonclient.http, http_address, binary_data=False)
answers(tritonclient.grpc, grpc_address)
