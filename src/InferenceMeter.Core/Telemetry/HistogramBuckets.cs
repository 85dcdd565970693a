namespace InferenceMeter.Telemetry;

/// <summary>Upper bounds of the histograms' buckets.</summary>
internal static class HistogramBuckets
{
    /// <summary>Of a batch, from 0.5 ms.</summary>
    public static readonly double[] BatchSeconds =
    [
        0.0005,
        0.001,
        0.002,
        0.005,
        0.01,
        0.02,
        0.05,
        0.1,
        0.2,
        0.5,
        1,
        2,
        5,
        10,
    ];

    /// <summary>Fine around 15 ms: the bound that MLPerf's server scenario sets for p99.</summary>
    public static readonly double[] RequestSeconds =
    [
        0.001,
        0.002,
        0.005,
        0.0075,
        0.01,
        0.0125,
        0.015,
        0.0175,
        0.02,
        0.025,
        0.05,
        0.075,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
    ];

    /// <summary>Of a batch's size, images.</summary>
    public static readonly int[] BatchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
}
