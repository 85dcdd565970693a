using InferenceMeter.Hosting;
using InferenceMeter.Inference;

namespace InferenceMeter.Api;

/// <summary>The devices as the API tells them.</summary>
internal static class DeviceDocuments
{
    public static IReadOnlyList<DeviceDocument> Describe(MeterParts parts)
    {
        var work = parts.Counters.Snapshot();
        var share = parts.Prices.Current.UsdPerHour / parts.Devices.Count;
        return
        [
            .. parts.Devices.Select(
                (device, index) =>
                {
                    var (facts, did, says) = (device.Facts, work.Devices[index], parts.Sensors.Read(index));
                    return new DeviceDocument(
                        device.Device,
                        device.Provider,
                        says.Name ?? facts.Name,
                        facts.Uuid,
                        facts.PciBusId,
                        facts.CudaVersion,
                        says.DriverVersion,
                        facts.Options is { Count: > 0 } options ? options : null,
                        facts.NodesOnProvider,
                        facts.NodesOnCpu,
                        facts.PciBusId is null ? null : facts.CudaGraphs,
                        did.Ok,
                        did.Failed,
                        did.Batches,
                        did.BusySeconds,
                        share,
                        says.UtilizationRatio,
                        says.MemoryUsedBytes,
                        says.MemoryTotalBytes,
                        says.PowerWatts,
                        says.EnergyJoules,
                        says.EnergySensor,
                        says.TemperatureCelsius,
                        says.SmClockMegahertz,
                        says.Throttled,
                        says.ThrottleReasons.Count > 0 ? says.ThrottleReasons : null,
                        says.OtherProcesses,
                        says.Note
                    );
                }
            ),
        ];
    }

    /// <summary>What lowers the worth of the figures now: a device that is held back, shared, or lost. One line each.</summary>
    public static IReadOnlyList<string> Marks(MeterParts parts)
    {
        var marks = new List<string>();
        for (var index = 0; index < parts.Devices.Count; index++)
        {
            var (name, says) = (parts.Devices[index].Device, parts.Sensors.Read(index));
            if (says.Throttled == true)
                marks.Add(
                    $"{name} is throttled{(says.ThrottleReasons.Count > 0 ? $" ({string.Join(", ", says.ThrottleReasons)})" : "")}"
                );
            if (says.OtherProcesses > 0)
                marks.Add(
                    $"{name} is shared with {says.OtherProcesses} other process{(says.OtherProcesses == 1 ? "" : "es")}"
                );
            if (says.Lost)
                marks.Add($"{name} is lost");
        }

        return marks;
    }
}
