using InferenceMeter.Models;

namespace InferenceMeter.Inference;

/// <summary>The CPU, which works everywhere.</summary>
internal sealed class CpuCandidate(OnnxModel model, Func<ModelDescription, InferenceOptions> options, string? precision)
    : IProviderCandidate
{
    /// <inheritdoc/>
    public string Name => ProviderNames.Cpu;

    /// <inheritdoc/>
    public IReadOnlyList<IDeviceSessionFactory> Open(IReadOnlyList<int>? wanted, bool strict, Action<string> warn)
    {
        if (wanted is not null)
            throw new InferenceException("--device names GPUs; the CPU is one device without a number");
        if (precision == "tf32")
            throw new InferenceException("--precision tf32 is a mode of NVIDIA's tensor cores; a CPU computes in fp32");
        return [OnnxSessionFactory.Open(model, options(model.Description), warn)];
    }
}
