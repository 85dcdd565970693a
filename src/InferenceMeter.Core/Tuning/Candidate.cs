namespace InferenceMeter.Tuning;

/// <summary>One way to run on a machine.</summary>
/// <param name="Model">File of the model, or its name when it is built in.</param>
/// <param name="Precision">Of that model.</param>
/// <param name="Batch">Images in a full batch.</param>
/// <param name="Instances">Sessions side by side.</param>
/// <param name="Threads">Intra-op threads of each.</param>
/// <param name="Decoders">Decoder workers.</param>
public sealed record Candidate(string Model, string Precision, int Batch, int Instances, int Threads, int Decoders)
{
    /// <summary>What the meter would do by itself: nothing is simpler.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Of two that are equally good the one with less of everything is taken; the default before all.</summary>
    public (int, int, int, int, int) Complexity => (IsDefault ? 0 : 1, Instances, Decoders, Batch, Threads);

    /// <summary>In a few words.</summary>
    public override string ToString() =>
        $"{Precision}, batch {Batch}, {Instances} x {Threads} thread{(Threads == 1 ? "" : "s")}, {Decoders} decoder{(Decoders == 1 ? "" : "s")}";
}
