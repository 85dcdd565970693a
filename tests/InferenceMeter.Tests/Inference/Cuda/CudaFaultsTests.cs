using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.Tests.Inference.Cuda;

public sealed class CudaFaultsTests
{
    [Theory]
    [InlineData(
        "CUDA failure 2: out of memory ; GPU=0 ; hostname=h ; file=gpu_data_transfer.cc",
        InferenceFault.OutOfMemory
    )]
    [InlineData(
        "Non-zero status code returned while running Conv node. BFCArena::AllocateRawInternal(size_t) "
            + "Failed to allocate memory for requested buffer of size 123",
        InferenceFault.OutOfMemory
    )]
    [InlineData("Available memory of 12 is smaller than requested bytes of 34", InferenceFault.OutOfMemory)]
    [InlineData("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED", InferenceFault.OutOfMemory)]
    [InlineData("CUDA failure 700: an illegal memory access was encountered", InferenceFault.DeviceLost)]
    [InlineData("CUDA failure 719: unspecified launch failure", InferenceFault.DeviceLost)]
    [InlineData("CUDA failure 999: unknown error", InferenceFault.DeviceLost)]
    [InlineData("CUDA failure 214: uncorrectable ECC error encountered", InferenceFault.DeviceLost)]
    [InlineData("CUDA failure 46: all CUDA-capable devices are busy or unavailable", InferenceFault.Failed)]
    [InlineData("Got invalid dimensions for input", InferenceFault.Failed)]
    [InlineData("CUDNN_FE failure 11: CUDNN_BACKEND_API_FAILED ; HEURISTIC_QUERY_FAILED", InferenceFault.Failed)]
    public void What_ONNX_Runtime_says_is_understood(string message, InferenceFault fault) =>
        Assert.Equal(fault, CudaFaults.FaultOf(new InvalidOperationException(message)));

    [Theory]
    [InlineData(
        "Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot "
            + "open shared object file: No such file or directory",
        "the library libcublasLt.so.13 is missing: install the CUDA 13 libraries"
    )]
    [InlineData(
        "Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot "
            + "open shared object file: No such file or directory",
        "the library libcudnn.so.9 is missing: install cuDNN 9"
    )]
    [InlineData(
        "libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory",
        "the library libonnxruntime_providers_shared.so is missing: install ONNX Runtime's GPU libraries"
    )]
    [InlineData(
        "error: libnvinfer.so.10: cannot open shared object file",
        "the library libnvinfer.so.10 is missing: install TensorRT"
    )]
    [InlineData(
        "CUDA execution provider is not enabled in this build. ",
        "build for linux-x64 or win-x64 without -p:Accelerator=cpu"
    )]
    [InlineData("CUDNN failure 11: HEURISTIC_QUERY_FAILED", "libcudnn_heuristic.so.9")]
    [InlineData("CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED", "libcudnn_engines_precompiled.so.9")]
    [InlineData(
        "cuDNN is not available. Install cuDNN, update the system library search path",
        "install all of cuDNN 9 for CUDA 13"
    )]
    [InlineData(
        "error: /x/libonnxruntime_providers_cuda.so: undefined symbol: cublasLtMatmul",
        "of another version than ONNX Runtime needs"
    )]
    [InlineData(
        "/usr/lib/libcublas.so.13: version `libcublas.so.13' not found (required by /x/y.so)",
        "of another version than ONNX Runtime needs"
    )]
    [InlineData(
        "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1",
        "update the driver"
    )]
    [InlineData(
        "CUDA failure 803: system has unsupported display driver / cuda driver combination",
        "of different versions"
    )]
    [InlineData("CUDA failure 46: all CUDA-capable devices are busy or unavailable", "another process holds it")]
    public void A_user_is_told_what_to_do(string message, string advice)
    {
        var text = CudaFaults.Explain(new InvalidOperationException(message + "\nsecond line"));

        Assert.Contains(advice, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', text);
    }

    [Fact]
    public void Codes_of_the_driver_are_understood_too()
    {
        Assert.Equal(
            InferenceFault.OutOfMemory,
            CudaFaults.FaultOf(new CudaException("cuMemAlloc", 2, "out of memory"))
        );
        Assert.Equal(
            InferenceFault.DeviceLost,
            CudaFaults
                .Wrap("x", new CudaException("cuStreamSynchronize", 700, "an illegal memory access was encountered"))
                .Fault
        );
    }
}
