namespace InferenceMeter.Tuning;

/// <summary>One way to run on a machine.</summary>
public sealed record Candidate
{
    /// <summary>File of the model, or its name when it is built in.</summary>
    public required string Model { get; init; }

    /// <summary>Of that model.</summary>
    public required string Precision { get; init; }

    /// <summary>Images in a full batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Sessions side by side.</summary>
    public required int Instances { get; init; }

    /// <summary>Intra-op threads of each.</summary>
    public required int Threads { get; init; }

    /// <summary>Decoder workers.</summary>
    public required int Decoders { get; init; }

    /// <summary>What the meter would do by itself: nothing is simpler.</summary>
    public bool IsDefault { get; init; }

    /// <summary>
    /// Of two that are equally good the one with less of everything is taken; the default before all.
    /// </summary>
    public (int, int, int, int, int) Complexity => (IsDefault ? 0 : 1, Instances, Decoders, Batch, Threads);

    /// <summary>In a few words.</summary>
    public override string ToString() =>
        $"{Precision}, batch {Batch}, {Instances} x {Threads} thread{(Threads == 1 ? "" : "s")}, "
        + $"{Decoders} decoder{(Decoders == 1 ? "" : "s")}";
}
