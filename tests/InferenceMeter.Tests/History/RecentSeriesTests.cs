using CsCheck;
using InferenceMeter.History;

namespace InferenceMeter.Tests.History;

public sealed class RecentSeriesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_stretch_is_what_was_counted_over_what_it_took()
    {
        var series = Filled(capacity: 100, samples: 4);

        var points = series.Points(samples: 100, most: 100);

        // 10 images and 1 cent in 5 s each.
        Assert.Equal(3, points.Count);
        Assert.All(
            points,
            point => Assert.Equal((5, 2, 1_000_000m), (point.Seconds, point.ImagesPerSecond, point.UsdPerBillionImages))
        );
        Assert.Equal(
            [Start.AddSeconds(5), Start.AddSeconds(10), Start.AddSeconds(15)],
            points.Select(point => point.At)
        );
    }

    [Fact]
    public void Without_images_there_is_no_cost_and_no_throughput_but_zero()
    {
        var series = new RecentSeries(10);
        series.Add(new SeriesSample(Start, 0, 5, 1));
        series.Add(new SeriesSample(Start.AddSeconds(5), 5, 5, 2));

        var point = Assert.Single(series.Points(10, 10));
        Assert.Equal((0.0, null), (point.ImagesPerSecond, point.UsdPerBillionImages));
    }

    [Fact]
    public void Nothing_kept_is_nothing_told()
    {
        var series = new RecentSeries(10);

        Assert.Null(series.Since);
        Assert.Empty(series.Points(10, 10));
        series.Add(new SeriesSample(Start, 0, 0, 0));
        Assert.Equal(Start, series.Since);
        Assert.Empty(series.Points(10, 10));
    }

    [Fact]
    public void However_many_there_are_and_whatever_is_asked_the_stretches_join_and_add_up() =>
        Gen.Select(Gen.Int[2, 60], Gen.Int[0, 200], Gen.Int[1, 100], Gen.Int[1, 40])
            .Sample(
                (capacity, samples, asked, most) =>
                {
                    var series = Filled(capacity, samples);
                    var points = series.Points(asked, most);

                    // At most as many as were asked for, each where the one before ends, and none of what has been
                    // forgotten.
                    return points.Count <= most + 1
                        && points
                            .Zip(points.Skip(1))
                            .All(pair => pair.Second.At - pair.First.At == TimeSpan.FromSeconds(pair.Second.Seconds))
                        && points.All(point => point.ImagesPerSecond == 2 && point.UsdPerBillionImages == 1_000_000m)
                        && (points.Count == 0 || points[0].At.AddSeconds(-points[0].Seconds) >= series.Since);
                }
            );

    [Fact]
    public void Ends_stay_where_they_are_as_time_goes_on()
    {
        var series = Filled(capacity: 1000, samples: 500);
        var before = series.Points(300, 30).Select(point => point.At).ToHashSet();
        series.Add(Sample(500));

        var after = series.Points(300, 30).Select(point => point.At);
        Assert.InRange(after.Except(before).Count(), 0, 1);
    }

    private static RecentSeries Filled(int capacity, int samples)
    {
        var series = new RecentSeries(capacity);
        for (var i = 0; i < samples; i++)
            series.Add(Sample(i));
        return series;
    }

    private static SeriesSample Sample(int i) => new(Start.AddSeconds(5 * i), 5 * i, 10 * i, 0.01m * i);
}
