using InferenceMeter.Metering;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Metering;

public sealed class BottleneckTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Next_to_a_fast_GPU_the_decoders_are_the_limit_and_the_engine_alone_is_what_it_costs()
    {
        // 16 decoders at work all the time; two instances for a fifth of it.
        var limit = Find(2000, decode: 15.8, infer: 0.4, decoders: 16, instances: 2, alone: 9000)!;

        Assert.Equal((Stage.Decode, 0.9875), (limit.Stage, limit.BusyShare));
        Assert.Equal(
            (9000.0, 9000.0, true),
            (limit.WithoutItImagesPerSecond, limit.ModelImagesPerSecond, limit.ModelMeasured)
        );
    }

    [Fact]
    public void On_a_CPU_the_engine_is_the_limit_and_the_decoders_could_feed_more()
    {
        var limit = Find(20, decode: 0.1, infer: 1.9, decoders: 2, instances: 2, alone: null)!;

        Assert.Equal((Stage.Infer, 0.95), (limit.Stage, limit.BusyShare));
        // Two decoders that work a twentieth of the time do 20 images/s.
        Assert.Equal(400, limit.WithoutItImagesPerSecond, 1e-9);
        // Without decoding the engine would have its time as well.
        Assert.Equal(20 * 2.0 / 1.9, limit.ModelImagesPerSecond!.Value, 1e-9);
        Assert.False(limit.ModelMeasured);
    }

    [Fact]
    public void The_next_limit_counts_not_the_loosest()
    {
        // Without the decoders it is the sink, half busy, and not the engine.
        var limit = Find(1000, decode: 4, infer: 0.1, decoders: 4, instances: 1, alone: 9000, sink: 0.5)!;

        Assert.Equal(2000, limit.WithoutItImagesPerSecond, 1e-9);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 0.2, 0.3)]
    public void With_too_little_work_no_stage_is_the_limit(double rate, double decode, double infer) =>
        Assert.Null(Find(rate, decode, infer, 1, 1, null));

    [Fact]
    public void The_load_is_that_of_about_the_last_ten_seconds()
    {
        var counters = new WorkCounters(_time, "test", devices: 2);
        var load = new StageLoad(_time, counters);
        Assert.Null(load.Read());

        // A minute of idling, then ten seconds of work.
        for (var second = 0; second < 60; second++)
            Pass(0, 0);
        for (var second = 0; second < 10; second++)
            Pass(30, 0.5);
        var reading = load.Read()!;

        Assert.Equal(30, reading.ImagesPerSecond, 1e-6);
        Assert.Equal(0.5, reading.BusyPerSecond[Stage.Infer], 1e-6);

        void Pass(int images, double infer)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            counters.AddOk(images, device: 1);
            counters.AddStageBusy(Stage.Infer, (long)(infer * _time.TimestampFrequency), device: 1);
            load.Read();
        }
    }

    private static Bottleneck? Find(
        double rate,
        double decode,
        double infer,
        int decoders,
        int instances,
        double? alone,
        double sink = 0.01
    ) =>
        Bottleneck.Find(
            new StageLoadReading(
                rate,
                new Dictionary<Stage, double>
                {
                    [Stage.Source] = 0,
                    [Stage.Decode] = decode,
                    [Stage.Batch] = 0,
                    [Stage.Infer] = infer,
                    [Stage.Sink] = sink == 0.01 && alone is null ? 0 : sink,
                }
            ),
            new Dictionary<Stage, int>
            {
                [Stage.Source] = 1,
                [Stage.Decode] = decoders,
                [Stage.Batch] = decoders,
                [Stage.Infer] = instances,
                [Stage.Sink] = 1,
            },
            alone
        );
}
