using InferenceMeter.Images;
using InferenceMeter.Metering;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Metering;

public sealed class WorkCountersTests
{
    private static readonly ImageFailure[] Failures =
    [
        .. Enum.GetValues<ImageFailure>().Where(failure => failure != ImageFailure.None),
    ];

    private readonly FakeTimeProvider _time = new();
    private readonly WorkCounters _counters;

    public WorkCountersTests() => _counters = new WorkCounters(_time, "folder");

    [Fact]
    public void Parallel_additions_sum_up_exactly()
    {
        const int Rounds = 20_000;
        Parallel.For(
            0,
            4,
            _ =>
            {
                for (var i = 0; i < Rounds; i++)
                {
                    _counters.AddHandedOut(3);
                    _counters.AddOk(2);
                    _counters.AddFailed(Failures[i % Failures.Length]);
                    _counters.AddRejected();
                    _counters.AddBatch();
                    _counters.AddStageBusy(Stage.Infer, _time.TimestampFrequency / 1000);
                }
            }
        );

        var snapshot = _counters.Snapshot();

        Assert.Equal((240_000, 160_000, 80_000), (snapshot.HandedOut, snapshot.Ok, snapshot.Failed));
        Assert.Equal((80_000, 80_000), (snapshot.Rejected, snapshot.Batches));
        Assert.Equal(80, snapshot.BusySeconds(Stage.Infer), 6);
        Assert.Equal(0, snapshot.BusySeconds(Stage.Decode));
        Assert.Equal("folder", snapshot.Source);
    }

    [Fact]
    public void Failures_are_counted_by_their_reason()
    {
        for (var i = 0; i < Failures.Length; i++)
            _counters.AddFailed(Failures[i], i + 1);

        var snapshot = _counters.Snapshot();

        for (var i = 0; i < Failures.Length; i++)
            Assert.Equal(i + 1, snapshot.FailedBy(Failures[i]));
        Assert.Equal(Failures.Length * (Failures.Length + 1) / 2, snapshot.Failed);
        Assert.Throws<ArgumentOutOfRangeException>(() => _counters.AddFailed(ImageFailure.None));
    }

    [Fact]
    public void Busy_time_never_falls()
    {
        _counters.AddStageBusy(Stage.Decode, 500);
        _counters.AddStageBusy(Stage.Decode, -10_000);

        Assert.Equal(500.0 / _time.TimestampFrequency, _counters.Snapshot().BusySeconds(Stage.Decode), 12);
    }

    [Fact]
    public void A_snapshot_is_a_copy()
    {
        _counters.AddFailed(Failures[0]);
        var snapshot = _counters.Snapshot();

        _counters.AddFailed(Failures[0]);

        Assert.Equal(1, snapshot.Failed);
    }

    [Fact]
    public void Every_enum_value_has_its_own_lower_case_label()
    {
        Check(Enum.GetValues<Stage>(), LabelNames.Label);
        Check(Enum.GetValues<MeasurementState>(), LabelNames.Label);
        Check(Enum.GetValues<Scope>(), LabelNames.Label);
        Check(Enum.GetValues<Basis>(), LabelNames.Label);

        static void Check<T>(T[] values, Func<T, string> label)
            where T : struct, Enum =>
            Assert.Equal(values.Select(value => $"{value}".ToLowerInvariant()), values.Select(label));
    }
}
