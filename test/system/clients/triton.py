"""
Asks a service by tritonclient, over HTTP and gRPC, with tensors as bytes and as JSON; or, where the address of HTTP is `-`,
over gRPC with TLS alone. Prints what each way answered.
"""

import sys

import numpy as np
import tritonclient.grpc
import tritonclient.http

http_address, grpc_address, text, *certificates = sys.argv[1:]
texts = np.array([[text]], dtype=object)


def answers(client, module, **binary):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready('reviews')
    given = module.InferInput('text', [1, 1], 'BYTES')
    given.set_data_from_numpy(texts, **binary)
    wanted = [module.InferRequestedOutput(name, **binary) for name in ('label', 'score')]
    result = client.infer('reviews', [given], outputs=wanted)
    label = result.as_numpy('label').ravel()[0]
    label = label.decode() if isinstance(label, bytes) else label
    print(label, repr(float(result.as_numpy('score').ravel()[0])))


if http_address != '-':
    answers(tritonclient.http.InferenceServerClient(http_address), tritonclient.http, binary_data=True)
    answers(tritonclient.http.InferenceServerClient(http_address), tritonclient.http, binary_data=False)
security = {'ssl': True, 'root_certificates': certificates[0]} if certificates else {}
answers(tritonclient.grpc.InferenceServerClient(grpc_address, **security), tritonclient.grpc)
