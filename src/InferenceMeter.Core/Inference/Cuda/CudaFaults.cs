using System.Globalization;
using System.Text.RegularExpressions;

namespace InferenceMeter.Inference.Cuda;

/// <summary>What a failure on a CUDA device means, and what a user can do about it.</summary>
internal static partial class CudaFaults
{
    /// <summary>A build of ONNX Runtime for CPUs.</summary>
    public const string NotInThisBuild =
        "this build has ONNX Runtime for CPUs only: build for linux-x64 or win-x64 without -p:Accelerator=cpu";

    private const int OutOfMemory = 2;
    private const int NoDevice = 100;
    private const int Unknown = 999;

    /// <summary>
    /// How cuDNN says that one of the libraries it is made of cannot be loaded, or that it found no kernel for want of
    /// one.
    /// </summary>
    private static readonly string[] CudnnParts =
    [
        "HEURISTIC_QUERY_FAILED",
        "SUBLIBRARY_LOADING_FAILED",
        "SUBLIBRARY_VERSION_MISMATCH",
        "libcudnn.so",
        "cuDNN is not available",
        "cuDNN library was not found",
    ];

    /// <summary>
    /// Codes after which "the process must be terminated and relaunched" (CUDA runtime API, cudaError_t), with those of
    /// a
    /// device that fell off the bus: ECC error, NVLink error, illegal address, launch timeout, destroyed context,
    /// assert,
    /// stack, instruction, alignment, address space, program counter and launch errors, failed GPU-to-GPU or memory
    /// units.
    /// </summary>
    private static readonly HashSet<int> Sticky =
    [
        NoDevice,
        214,
        220,
        226,
        700,
        702,
        709,
        710,
        714,
        715,
        716,
        717,
        718,
        719,
        721,
        Unknown,
    ];

    private static readonly string[] NoMemory =
    [
        "out of memory",
        "failed to allocate memory for requested buffer",
        "is smaller than requested bytes",
        "_STATUS_ALLOC_FAILED",
        "cudaErrorMemoryAllocation",
        "DEVICE_ALLOCATION_FAILED",
    ];

    /// <summary>Of an exception of the driver or of ONNX Runtime.</summary>
    public static InferenceFault FaultOf(Exception exception)
    {
        var code = CodeOf(exception);
        if (
            code == OutOfMemory
            || NoMemory.Any(words => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
        )
            return InferenceFault.OutOfMemory;
        return code is { } known && Sticky.Contains(known) ? InferenceFault.DeviceLost : InferenceFault.Failed;
    }

    /// <summary>A CUDA graph could not be captured: without graphs it works.</summary>
    public static bool IsCapture(Exception exception) => CodeOf(exception) is >= 900 and <= 909;

    /// <summary>As the pipeline wants it: one line, and what can be done.</summary>
    public static InferenceException Wrap(string what, Exception exception)
    {
        var fault = FaultOf(exception);
        var advice =
            fault == InferenceFault.DeviceLost
                ? "; the device can't be used by this process any more (look for Xid in the kernel log): "
                    + "restart the meter"
                : "";
        return new InferenceException($"{what}: {Explain(exception)}{advice}", exception) { Fault = fault };
    }

    /// <summary>Why a device or its libraries cannot be used, in one line.</summary>
    public static string Explain(Exception exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ");
        if (MissingLibrary().Match(text) is { Success: true } missing)
            return CudaLibraries.Describe([missing.Groups["name"].Value]);
        if (text.Contains("undefined symbol", StringComparison.Ordinal) || VersionNotFound().IsMatch(text))
            return "a CUDA library is of another version than ONNX Runtime needs (CUDA 13, cuDNN 9): "
                + OrtRuntime.OneLine(exception);
        if (CudnnParts.Any(words => text.Contains(words, StringComparison.OrdinalIgnoreCase)))
            return "cuDNN cannot run a convolution; one of its libraries "
                + $"({string.Join(", ", CudaLibraries.CudnnParts)}) is missing "
                + $"or of another version: install all of cuDNN 9 for CUDA 13 ({OrtRuntime.OneLine(exception)})";
        if (text.Contains("not enabled in this build", StringComparison.OrdinalIgnoreCase))
            return NotInThisBuild;
        return CodeOf(exception) is { } code && Advice(code) is { } advice ? advice : OrtRuntime.OneLine(exception);
    }

    /// <summary>
    /// What a CUresult or cudaError_t means to a user; <see langword="null"/> for those without advice of their own.
    /// </summary>
    public static string? Advice(int code) =>
        code switch
        {
            OutOfMemory => "the device is out of memory: other processes may hold it, or give a smaller batch",
            35 => "the NVIDIA driver is older than the CUDA libraries need: update the driver, or use "
                + "libraries of an older CUDA",
            46 => "the device is busy or not available: another process holds it in exclusive mode, or it "
                + "is being reconfigured",
            NoDevice => Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } visible
                ? $"no CUDA device is visible (CUDA_VISIBLE_DEVICES is \"{visible}\")"
                : "no CUDA device is there",
            101 => "there is no device of that number",
            802 => "the device is not ready yet: on NVSwitch machines the fabric manager must run",
            803 => "the NVIDIA kernel module and the driver's libraries are of different versions: reboot, "
                + "or reload the module",
            804 => "this driver's libraries need a newer kernel module than the device has (forward "
                + "compatibility is for data-centre cards only)",
            209 or 222 or 223 => "the CUDA libraries have no code for this card, or need a newer driver",
            _ => null,
        };

    private static int? CodeOf(Exception exception)
    {
        if (exception is CudaException { Code: > 0 } cuda)
            return cuda.Code;
        // "CUDA failure 719: unspecified launch failure ; GPU=0 ; ..." is ONNX Runtime's form.
        return Failure().Match(exception.Message) is { Success: true } failure
            ? int.Parse(failure.Groups["code"].Value, CultureInfo.InvariantCulture)
            : null;
    }

    // The loader: "libcublasLt.so.13: cannot open shared object file: No such file or directory".
    [GeneratedRegex(
        @"(?<name>lib[\w+.-]+\.so[.\d]*): cannot open shared object",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex MissingLibrary();

    // "/lib/libcublas.so.13: version `libcublas.so.13' not found (required by ...)".
    [GeneratedRegex(@"version [`'""]?\S+ not found", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionNotFound();

    [GeneratedRegex(@"CUDA (failure|error) (?<code>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Failure();
}
