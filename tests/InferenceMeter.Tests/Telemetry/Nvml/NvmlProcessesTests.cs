using InferenceMeter.Telemetry.Nvml;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Telemetry.Nvml;

public sealed class NvmlProcessesTests
{
    private readonly FakeNvml _nvml = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, null)]
    public void An_empty_list_means_none_unless_ours_should_be_in_it(bool ownContext, int? expected) =>
        Assert.Equal(expected, Others(ownContext));

    [Theory]
    [InlineData(false, 2, 7, 8, 8)]
    [InlineData(true, 1, 7, 8, 8)]
    [InlineData(true, 0, 7)]
    public void In_a_container_ours_is_taken_to_be_one_of_them_once_there_is_a_session(
        bool ownContext,
        int expected,
        params int[] hostIds
    )
    {
        _nvml.Processes = [.. hostIds.Select(id => uint.MaxValue - (uint)id)];

        Assert.Equal(expected, Others(ownContext));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Our_own_id_is_not_another(bool ownContext)
    {
        _nvml.Processes = [uint.MaxValue, (uint)Environment.ProcessId, (uint)Environment.ProcessId, uint.MaxValue - 1];

        Assert.Equal(2, Others(ownContext));
    }

    [Fact]
    public void A_list_that_cannot_be_read_is_unknown()
    {
        (_nvml.Processes, _nvml.Failing["ComputeProcesses"]) = ([7], NvmlReturn.NoPermission);

        Assert.Null(Others(ownContext: true));
    }

    [Fact]
    public void Opening_a_session_counts_at_once()
    {
        var sensor = new NvmlDeviceSensor(_nvml, FakeNvml.CardBus, _time);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, sensor.Read().OtherProcesses);
        _nvml.Processes = [uint.MaxValue];

        sensor.OwnContext = true;

        Assert.True(sensor.OwnContext);
        Assert.Equal(0, sensor.Read().OtherProcesses);
    }

    private int? Others(bool ownContext)
    {
        var sensor = new NvmlDeviceSensor(_nvml, FakeNvml.CardBus, _time) { OwnContext = ownContext };
        _time.Advance(TimeSpan.FromSeconds(1));
        return sensor.Read().OtherProcesses;
    }
}
