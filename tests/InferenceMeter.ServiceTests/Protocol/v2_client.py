"""A client of the Open Inference Protocol on the standard library alone.

It asks for metadata, then sends one image in binary, in base64, as pixels, and as the normalised numbers that these
pixels become. Arguments: HOST PORT MODEL IMAGE. Prints the best class of each way, one per line, and exits with 1 when
the server does not answer as the protocol says.
"""
import base64
import http.client
import json
import struct
import sys


def ask(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        sys.exit(f"{path} answered {answer.status}: {content[:500]}")
    return answer, content


def infer(model, tensor, raw=None):
    indices = {"name": "indices", "parameters": {"binary_data": raw is not None}}
    request = {"id": "py", "inputs": [tensor], "outputs": [indices]}
    if raw is not None:
        tensor["parameters"] = {"binary_data_size": len(raw)}
    header = json.dumps(request).encode()
    headers = {"Inference-Header-Content-Length": str(len(header))} if raw is not None else {}
    answer, content = ask("POST", f"/v2/models/{model}/infer", header + (raw or b""), headers)
    if raw is None:
        document = json.loads(content)
        best = document["outputs"][0]["data"][0]
    else:
        length = int(answer.getheader("Inference-Header-Content-Length"))
        document = json.loads(content[:length])
        size = document["outputs"][0]["parameters"]["binary_data_size"]
        assert length + size == len(content) and document["outputs"][0]["shape"] == [1, 5], document
        best = struct.unpack("<5q", content[length:])[0]
    assert document["id"] == "py" and document["model_name"] == model, document
    return best


host, port, model, image = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
assert json.loads(ask("GET", "/v2/health/ready")[1])["ready"]
encoded = model + "-encoded"
declared = json.loads(ask("GET", f"/v2/models/{encoded}")[1])["inputs"][0]
assert declared == {"name": "image", "datatype": "BYTES", "shape": [-1]}, declared
with open(image, "rb") as file:
    data = file.read()
print(infer(encoded, {"name": "image", "datatype": "BYTES", "shape": [1]}, struct.pack("<I", len(data)) + data))
print(infer(encoded, {"name": "image", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(data).decode()]}))
height, width = json.loads(ask("GET", f"/v2/models/{model}")[1])["inputs"][0]["shape"][1:3]
pixels = bytes((i * i // 977 + i // 661) % 256 for i in range(height * width * 3))
print(infer(model, {"name": "pixels", "datatype": "UINT8", "shape": [1, height, width, 3]}, pixels))
mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
planes = [(pixel / 255 - mean[channel]) / std[channel] for channel in range(3) for pixel in pixels[channel::3]]
own = json.loads(ask("GET", f"/v2/models/{model}-tensor")[1])["inputs"][0]
assert own["datatype"] == "FP32" and own["shape"] == [-1, 3, height, width], own
tensor = {"name": own["name"], "datatype": "FP32", "shape": [1, 3, height, width]}
print(infer(model + "-tensor", dict(tensor), struct.pack(f"<{len(planes)}f", *planes)))
print(infer(model + "-tensor", {**tensor, "data": planes}))
