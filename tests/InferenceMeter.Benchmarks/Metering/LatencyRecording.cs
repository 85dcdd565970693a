using BenchmarkDotNet.Attributes;
using InferenceMeter.Metering;

namespace InferenceMeter.Benchmarks.Metering;

/// <summary>
/// What counting one latency costs, beside the least that any counter costs that several threads may use.
/// </summary>
[InProcess]
[MemoryDiagnoser(displayGenColumns: false)]
public class LatencyRecording
{
    private const int Records = 4096;

    private readonly LatencyHistogram _histogram = new();
    private readonly double[] _seconds = new double[Records];
    private long _count;

    /// <summary>Latencies between 1 ms and 1 s, so that they fall into many buckets.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (var i = 0; i < Records; i++)
            _seconds[i] = Math.Pow(10, -3 * random.NextDouble());
    }

    /// <summary>One shared counter.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public void Increment()
    {
        for (var i = 0; i < Records; i++)
            Interlocked.Increment(ref _count);
    }

    /// <summary>The histogram of the recording path.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public void Record()
    {
        foreach (var seconds in _seconds)
            _histogram.Record(seconds);
    }

    /// <summary>What each reading of the meter takes.</summary>
    [Benchmark]
    public LatencyPercentiles? Percentiles() => _histogram.Percentiles();

    /// <summary>What one histogram holds.</summary>
    [Benchmark]
    public LatencyHistogram Create() => new();
}
