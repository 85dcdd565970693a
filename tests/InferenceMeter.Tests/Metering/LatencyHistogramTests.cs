using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Metering;

public sealed class LatencyHistogramTests
{
    private readonly LatencyHistogram _histogram = new();

    [Fact]
    public void Nothing_recorded_says_nothing() => Assert.Null(_histogram.Percentiles());

    [Fact]
    public void Any_single_duration_is_known_within_one_percent()
    {
        for (var seconds = 1e-6; seconds < 1000; seconds *= 1.0173)
        {
            var histogram = new LatencyHistogram();
            histogram.Record(seconds);
            Assert.Equal(seconds, histogram.Percentiles()!.P50, seconds * 0.01);
        }
    }

    [Theory]
    [InlineData(50_000, 1e-3, 0.3)]
    [InlineData(50_000, 15e-3, 1.0)]
    [InlineData(50_000, 0.5, 2.0)]
    [InlineData(1, 0.5, 2.0)]
    [InlineData(7, 0.5, 2.0)]
    [InlineData(160, 0.5, 2.0)]
    public void Percentiles_are_the_nearest_rank_within_one_percent(int count, double scale, double spread)
    {
        var noise = new Noise(9);
        var durations = Enumerable.Range(0, count).Select(_ => scale * noise.Factor(spread)).ToArray();
        foreach (var duration in durations)
            _histogram.Record(duration);
        Array.Sort(durations);

        var percentiles = _histogram.Percentiles()!;

        Assert.Equal(durations.Length, percentiles.Count);
        Within(percentiles.P50, 0.50);
        Within(percentiles.P90, 0.90);
        Within(percentiles.P95, 0.95);
        Within(percentiles.P99, 0.99);
        Within(percentiles.P999, 0.999);

        void Within(double actual, double share)
        {
            var exact = durations[(int)Math.Ceiling(share * durations.Length) - 1];
            Assert.Equal(exact, actual, exact * 0.01);
        }
    }

    [Theory]
    [InlineData(0, 1e-6)]
    [InlineData(-1, 1e-6)]
    [InlineData(double.NegativeInfinity, 1e-6)]
    [InlineData(1e-9, 1e-6)]
    [InlineData(1000, 1000)]
    [InlineData(1e30, 1000)]
    [InlineData(double.PositiveInfinity, 1000)]
    [InlineData(double.NaN, 1000)]
    public void Extremes_count_as_the_nearest_duration_that_can_be_told(double recorded, double expected)
    {
        _histogram.Record(recorded);

        Assert.Equal(1, _histogram.Percentiles()!.Count);
        Assert.Equal(expected, _histogram.Percentiles()!.P50, expected * 0.01);
    }

    [Fact]
    public void Parallel_records_are_all_counted_and_allocate_nothing()
    {
        Parallel.For(
            0,
            4,
            thread =>
            {
                for (var i = 0; i < 50_000; i++)
                    _histogram.Record(1e-3 * (1 + thread));
            }
        );
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            _histogram.Record(0.5);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(201_000, _histogram.Percentiles()!.Count);
    }

    [Fact]
    public async Task Percentiles_read_while_others_record_are_of_one_consistent_copy()
    {
        using var stop = new CancellationTokenSource();
        _histogram.Record(0.5);
        var recording = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                _histogram.Record(0.5);
        });
        var last = 0L;
        for (var i = 0; i < 200; i++)
        {
            var percentiles = _histogram.Percentiles()!;
            // A rank beyond the counts that were copied would find no bucket.
            Assert.Equal(0.5, percentiles.P999, 0.005);
            Assert.True(percentiles.Count >= last);
            last = percentiles.Count;
        }

        await stop.CancelAsync();
        await recording;
        Assert.True(_histogram.Percentiles()!.Count >= last);
    }
}
