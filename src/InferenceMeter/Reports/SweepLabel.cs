using InferenceMeter.Documents;

namespace InferenceMeter.Reports;

/// <summary>What tells the runs of a sweep apart.</summary>
internal static class SweepLabel
{
    /// <summary>The load, such as <c>10/s</c> or <c>4 clients</c>.</summary>
    public static string Load(LoadDocument run) =>
        run.Rate is { } rate ? $"{rate:#,0.##}/s" : $"{run.Concurrency:#,0} clients";

    /// <summary>The load, and the batch size where it is known.</summary>
    public static string Of(LoadDocument run) => run.Batch is { } batch ? $"{Load(run)}, batch {batch}" : Load(run);
}
