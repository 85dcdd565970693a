using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Metering;

/// <summary>The 95 % intervals hold the truth about as often as they say.</summary>
public sealed class CoverageTests
{
    private const int Runs = 400;

    [Theory]
    [InlineData(MeasurementWindow.SinceStart, 0.15)]
    [InlineData(MeasurementWindow.OneMinute, 0.15)]
    [InlineData(MeasurementWindow.TenSeconds, 0.15)]
    [InlineData(MeasurementWindow.SinceStart, 0.4)]
    public void Throughput_intervals_hold_the_truth_in_about_95_of_100_runs(MeasurementWindow window, double spread)
    {
        var covered = 0;
        var quoted = 0;
        for (var seed = 0; seed < Runs; seed++)
        {
            // Mean batch 0.15 s of 32 images, independent: the long-run rate is 32 / 0.15.
            var (noise, engine) = (new Noise(1000 + seed), new MeterSimulation());
            engine.Work(until: 75, () => 0.15 * noise.Factor(spread));
            if (engine.Readings[^1].Window(window)?.ImagesPerSecond is not { } rate)
                continue;
            quoted++;
            if (rate.Low <= 32 / 0.15 && 32 / 0.15 <= rate.High)
                covered++;
        }

        Assert.InRange(quoted, Runs * 0.9, Runs);
        Assert.InRange((double)covered / quoted, 0.90, 0.99);
    }

    [Fact]
    public void Paired_ratio_intervals_hold_the_truth_although_the_machine_drifts()
    {
        const int Simulations = 2000;
        var covered = 0;
        for (var seed = 0; seed < Simulations; seed++)
        {
            var noise = new Noise(seed);
            var pairs = Enumerable
                .Range(0, 10)
                .Select(i =>
                {
                    var machine = 1000 * (1 + 0.05 * i) * noise.Factor(0.3);
                    return (A: 1.1 * machine * noise.Factor(0.02), B: machine * noise.Factor(0.02));
                })
                .ToArray();
            var ratio = PairedRatio.Of(pairs)!.Ratio;
            if (ratio.Low <= 1.1 && 1.1 <= ratio.High)
                covered++;
        }

        Assert.InRange((double)covered / Simulations, 0.935, 0.965);
    }
}
