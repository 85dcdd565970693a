using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// Opens ONNX Runtime sessions that compute on a CUDA device: the seam behind which a test puts the CPU.
/// </summary>
internal interface ICudaProvider
{
    /// <summary>ONNX Runtime's name of it.</summary>
    string Name { get; }

    /// <summary>
    /// Parts of a session's work go to the default stream, so its own stream must keep step with that.
    /// </summary>
    bool UsesDefaultStream { get; }

    /// <summary>
    /// A captured graph is replayed whatever the shape of the input, so a session with graphs may run one shape only.
    /// </summary>
    bool GraphsHoldOneShape { get; }

    /// <summary>Options of a session, for the record.</summary>
    IReadOnlyDictionary<string, string> Options(int device, bool graphs);

    /// <summary>Opens a session.</summary>
    /// <param name="device">CUDA's number of it.</param>
    /// <param name="stream">Everything that the session does is queued there.</param>
    /// <param name="graphs">Capture runs that are marked for it.</param>
    /// <param name="profilePrefix">Where to write a profile; <see langword="null"/> for none.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime or a library below it refuses.</exception>
    ICudaSession Open(int device, nint stream, bool graphs, string? profilePrefix = null);

    /// <summary>How ONNX Runtime is told that a tensor lies in the device's memory; lives as long as this.</summary>
    OrtMemoryInfo MemoryOf(int device);
}
