using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The statistics of a model, by Triton's extension <c>statistics</c>.</summary>
internal static class StatisticsDocument
{
    private const int NanosecondsPerTick = 100;

    /// <summary>What was counted of a model; answers are never kept, so the cache's counts are 0.</summary>
    public static ModelStatistics Of(string name, RequestStatisticsSnapshot counted) =>
        new()
        {
            Name = name,
            Version = ServedModels.Version,
            LastInference = (ulong)(counted.LastRequest?.ToUnixTimeMilliseconds() ?? 0),
            InferenceCount = (ulong)counted.Images,
            ExecutionCount = (ulong)counted.Batches,
            InferenceStats = new InferStatistics
            {
                Success = Duration(counted.Success),
                Fail = Duration(counted.Fail),
                Queue = Duration(counted.Queue),
                ComputeInput = Duration(counted.Input),
                ComputeInfer = Duration(counted.Infer),
                ComputeOutput = Duration(counted.Output),
                CacheHit = new StatisticDuration(),
                CacheMiss = new StatisticDuration(),
            },
            BatchStats = { counted.BySize.Select(Batches) },
        };

    private static InferBatchStatistics Batches(BatchStatistics size) =>
        new()
        {
            BatchSize = (ulong)size.Images,
            ComputeInput = Duration(size.Input),
            ComputeInfer = Duration(size.Infer),
            ComputeOutput = Duration(size.Output),
        };

    private static StatisticDuration Duration(CountedTime counted) =>
        new() { Count = (ulong)counted.Count, Ns = (ulong)counted.Time.Ticks * NanosecondsPerTick };
}
