namespace InferenceMeter.Metering;

/// <summary>Which stage limits throughput, and what it would be without that limit.</summary>
public sealed record Bottleneck
{
    /// <summary>The stage whose workers are busiest.</summary>
    public required Stage Stage { get; init; }

    /// <summary>Share of the time that its workers work, 0..1.</summary>
    public required double BusyShare { get; init; }

    /// <summary>Throughput if that stage cost nothing: the limit of the next one.</summary>
    public required double WithoutItImagesPerSecond { get; init; }

    /// <summary>Throughput of the engine by itself, scope <c>model</c>.</summary>
    public required double? ModelImagesPerSecond { get; init; }

    /// <summary>That one was measured at the start; else it is worked out from the stages' times.</summary>
    public required bool ModelMeasured { get; init; }

    /// <summary>Below this share no stage is a limit: there is not enough work.</summary>
    private const double Enough = 0.5;

    /// <summary>Finds it.</summary>
    /// <param name="load">Work of each stage.</param>
    /// <param name="workers">Of each stage; more than 0.</param>
    /// <param name="aloneImagesPerSecond">
    /// What the engine did by itself at the start, where it was measured: it has a device of its own then.
    /// </param>
    /// <returns><see langword="null"/> when nothing is limited by a stage: idle, or held up by the source.</returns>
    public static Bottleneck? Find(
        StageUtilizationReading load,
        IReadOnlyDictionary<Stage, int> workers,
        double? aloneImagesPerSecond
    )
    {
        ArgumentNullException.ThrowIfNull(load);
        if (!(load.ImagesPerSecond > 0))
            return null;
        var shares = workers.ToDictionary(
            pair => pair.Key,
            pair => Math.Min(1, load.BusyPerSecond[pair.Key] / pair.Value)
        );
        var (stage, share) = shares.MaxBy(pair => pair.Value);
        if (share < Enough)
            return null;
        var model = aloneImagesPerSecond ?? FromTimes(load);
        // A stage that was busy for a tenth of the time could have done ten times as much.
        var without = shares
            .Where(pair => pair.Key != stage && pair.Value > 0)
            .Select(pair =>
                pair.Key == Stage.Infer && model is not null ? model.Value : load.ImagesPerSecond / pair.Value
            )
            .DefaultIfEmpty(double.PositiveInfinity)
            .Min();
        return new Bottleneck
        {
            Stage = stage,
            BusyShare = share,
            WithoutItImagesPerSecond = Math.Max(without, load.ImagesPerSecond),
            ModelImagesPerSecond = model,
            ModelMeasured = aloneImagesPerSecond is not null,
        };
    }

    /// <summary>
    /// On a CPU all stages share the cores: the time of the others would be the engine's if they cost nothing.
    /// </summary>
    private static double? FromTimes(StageUtilizationReading load)
    {
        var infer = load.BusyPerSecond[Stage.Infer];
        return infer > 0 ? load.ImagesPerSecond * load.BusyPerSecond.Values.Sum() / infer : null;
    }
}
