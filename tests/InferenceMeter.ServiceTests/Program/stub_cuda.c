/* A CUDA driver with one device, whose memory is the host's: enough to reach ONNX Runtime's libraries. */
#include <stdlib.h>
#include <string.h>

typedef int result;
enum { SUCCESS = 0, MAJOR = 75 };

result cuInit(unsigned flags) { (void)flags; return SUCCESS; }
result cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
result cuDeviceGetCount(int *count) { *count = 1; return SUCCESS; }
result cuDeviceGet(int *device, int number) { *device = number; return SUCCESS; }
result cuGetErrorString(int code, const char **text) { (void)code; *text = "stub"; return SUCCESS; }

result cuDeviceGetName(char *name, int length, int device)
{
    (void)device;
    strncpy(name, "Stub GPU", length);
    return SUCCESS;
}

result cuDeviceGetPCIBusId(char *id, int length, int device)
{
    (void)device;
    strncpy(id, "0000:01:00.0", length);
    return SUCCESS;
}

result cuDeviceGetUuid_v2(char *uuid, int device) { memset(uuid, device, 16); return SUCCESS; }

result cuDeviceGetAttribute(int *value, int attribute, int device)
{
    (void)device;
    *value = attribute == MAJOR ? 9 : 0;
    return SUCCESS;
}

result cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) { (void)device; (void)flags; return SUCCESS; }
result cuDevicePrimaryCtxRetain(void **context, int device) { *context = (void *)(long)(device + 1); return SUCCESS; }
result cuDevicePrimaryCtxRelease_v2(int device) { (void)device; return SUCCESS; }
result cuCtxSetCurrent(void *context) { (void)context; return SUCCESS; }
result cuThreadExchangeStreamCaptureMode(int *mode) { (void)mode; return SUCCESS; }

result cuMemAlloc_v2(void **address, size_t bytes) { *address = malloc(bytes); return SUCCESS; }
result cuMemFree_v2(void *address) { free(address); return SUCCESS; }
result cuMemHostAlloc(void **address, size_t bytes, unsigned flags)
{
    (void)flags;
    *address = malloc(bytes);
    return SUCCESS;
}

result cuMemFreeHost(void *address) { free(address); return SUCCESS; }

result cuStreamCreate(void **stream, unsigned flags) { (void)flags; *stream = malloc(1); return SUCCESS; }
result cuStreamDestroy_v2(void *stream) { free(stream); return SUCCESS; }
result cuStreamSynchronize(void *stream) { (void)stream; return SUCCESS; }
result cuStreamIsCapturing(void *stream, int *status) { (void)stream; *status = 0; return SUCCESS; }
result cuStreamEndCapture(void *stream, void **graph) { (void)stream; *graph = 0; return SUCCESS; }
result cuGraphDestroy(void *graph) { (void)graph; return SUCCESS; }

result cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    (void)stream;
    memcpy(to, from, bytes);
    return SUCCESS;
}

result cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    (void)stream;
    memcpy(to, from, bytes);
    return SUCCESS;
}
