using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>Health of all instances together.</summary>
public sealed class PipelineHealth
{
    internal PipelineHealth(int instances) => Instances = [.. Enumerable.Range(0, instances).Select(_ => new InstanceHealth())];

    /// <summary>One an instance.</summary>
    public IReadOnlyList<InstanceHealth> Instances { get; }

    /// <summary>Why inference is broken: every instance is; <see langword="null"/> while at least one works.</summary>
    public string? Broken => Instances.All(i => i.Broken is not null) ? Instances[0].Broken : null;

    /// <summary>Sessions that had to be re-created so far.</summary>
    public int Recreations => Instances.Sum(i => i.Recreations);
}
