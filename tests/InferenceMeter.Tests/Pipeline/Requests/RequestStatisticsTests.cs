using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Pipeline.Requests;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pipeline.Requests;

/// <summary>What is counted of the requests for one model.</summary>
public sealed class RequestStatisticsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly RequestStatistics _statistics;

    public RequestStatisticsTests() => _statistics = new RequestStatistics(_time);

    [Fact]
    public void A_request_is_told_by_its_last_image()
    {
        var arrival = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(20));

        _statistics.Answered([Answer(1, total: 16), Answer(0.5, total: 9)], arrival);

        var told = _statistics.Snapshot();
        Assert.Equal((2L, Start), (told.Images, told.LastRequest));
        Assert.Equal(new CountedTime(1, TimeSpan.FromSeconds(20)), told.Success);
        Assert.Equal(new CountedTime(1, TimeSpan.FromSeconds(1 + 4)), told.Queue);
        Assert.Equal(new CountedTime(1, TimeSpan.FromSeconds(2)), told.Input);
        Assert.Equal(new CountedTime(1, TimeSpan.FromSeconds(8)), told.Infer);
        Assert.Equal(new CountedTime(1, TimeSpan.FromSeconds(1)), told.Output);
        Assert.Equal(default, told.Fail);
    }

    [Fact]
    public void A_request_that_fails_counts_for_itself()
    {
        var arrival = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(3));

        _statistics.Failed(arrival);

        var told = _statistics.Snapshot();
        Assert.Equal(new CountedTime(1, TimeSpan.FromSeconds(3)), told.Fail);
        Assert.Equal((0L, 0L), (told.Images, told.Success.Count));
    }

    [Fact]
    public void Images_of_one_batch_are_one_batch_of_its_size()
    {
        var second = _time.TimestampFrequency;
        var now = _time.GetTimestamp();
        var run = new BatchRun(0, now - (4 * second), now, 4);

        _statistics.Classified(run, decode: second, now + second);
        _statistics.Classified(run, decode: second, now + (3 * second));
        _statistics.Classified(run with { Order = 1 }, decode: second, now + second);
        _statistics.Classified(run with { Order = 2, Images = 1 }, decode: second, now + second);

        var told = _statistics.Snapshot();
        Assert.Equal(3, told.Batches);
        Assert.Equal([1, 4], told.BySize.Select(size => size.Images));
        var four = told.BySize[1];
        Assert.Equal(new CountedTime(2, TimeSpan.FromSeconds(8)), four.Infer);
        Assert.Equal(new CountedTime(2, TimeSpan.FromSeconds(3)), four.Input);
        Assert.Equal(new CountedTime(2, TimeSpan.FromSeconds(4)), four.Output);
    }

    [Fact]
    public void Counting_an_image_allocates_nothing()
    {
        var run = new BatchRun(0, 0, 1, 4);
        _statistics.Classified(run, 1, 2);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 1; i < 1000; i++)
            _statistics.Classified(run with { Order = i }, 1, 2);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static ImageAnswer Answer(double queue, double total) =>
        new(
            AnswerOutcome.Classified,
            ImageFailure.None,
            [new ScoredClass(0, 1)],
            new AnswerTimes
            {
                Queue = queue,
                Decode = 2,
                Batch = 4,
                Infer = 8,
                Total = total,
                BatchImages = 4,
            }
        );
}
