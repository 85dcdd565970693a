using InferenceMeter.Batching;
using InferenceMeter.Models;

namespace InferenceMeter.Inference;

/// <summary>
/// Opens sessions ("instances") of one model on one device; all of them share what can be shared (weights).
/// </summary>
public interface IInferenceSessionFactory : IDisposable
{
    /// <summary>What is run: name, hash, weights, classes, input size, precision.</summary>
    ModelDescription Model { get; }

    /// <summary>Device label: <c>cpu</c>, <c>cuda:0</c>, ...</summary>
    string Device { get; }

    /// <summary>
    /// Execution provider label, ONNX Runtime's name: <c>CPUExecutionProvider</c>, <c>CUDAExecutionProvider</c>;
    /// <c>null</c> for the null session.
    /// </summary>
    string Provider { get; }

    /// <summary>What is known of the device and of how it runs the model.</summary>
    DeviceFacts Facts => new() { Device = Device, Provider = Provider };

    /// <summary>Where its batches should lie.</summary>
    IPixelMemory PixelMemory => HostMemory.Instance;

    /// <summary>Opens one more session. Thread-safe.</summary>
    /// <exception cref="InferenceException">It cannot be opened.</exception>
    IInferenceSession Create();
}
