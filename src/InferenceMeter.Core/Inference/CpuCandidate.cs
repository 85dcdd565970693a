using InferenceMeter.Errors;
using InferenceMeter.Models;

namespace InferenceMeter.Inference;

/// <summary>The CPU, which works everywhere.</summary>
internal sealed class CpuCandidate(OnnxModel model, Func<ModelDescription, InferenceOptions> options, string? precision)
    : IProviderCandidate
{
    /// <inheritdoc/>
    public ExecutionProvider Provider => ExecutionProvider.Cpu;

    /// <inheritdoc/>
    public IReadOnlyList<IDeviceSessionFactory> Open(IReadOnlyList<int>? wanted, bool strict, Action<string> warn)
    {
        if (wanted is not null)
            throw new InferenceException("device numbers are those of GPUs; the CPU is one device without a number")
            {
                Subject = ErrorSubject.Devices,
            };
        if (precision == "tf32")
            throw new InferenceException("tf32 is a mode of NVIDIA's tensor cores; a CPU computes in fp32")
            {
                Subject = ErrorSubject.Precision,
            };
        return [OnnxSessionFactory.Open(model, options(model.Description), warn)];
    }
}
