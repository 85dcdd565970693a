using InferenceMeter.Composition;

namespace InferenceMeter.Documents;

/// <summary>The devices as the API tells them.</summary>
internal static class DeviceDocuments
{
    public static IReadOnlyList<DeviceDocument> Describe(MeterSnapshot meter) => [.. meter.Devices.Select(Describe)];

    /// <summary>
    /// What lowers the worth of the figures now: a device that is held back, shared, or lost. One line each.
    /// </summary>
    public static IEnumerable<string> Marks(MeterSnapshot meter)
    {
        foreach (var device in meter.Devices)
        {
            var (name, reading) = (device.Device, device.Reading);
            var reasons = reading.ThrottleReasons.Count > 0 ? $" ({string.Join(", ", reading.ThrottleReasons)})" : "";
            if (reading.Throttled == true)
                yield return $"{name} is throttled{reasons}";
            if (reading.OtherProcesses is > 0 and var others)
                yield return $"{name} is shared with {others} other process{(others == 1 ? "" : "es")}";
            if (reading.Lost)
                yield return $"{name} is lost";
        }
    }

    private static DeviceDocument Describe(DeviceSnapshot device)
    {
        var (facts, work, reading) = (device.Facts, device.Work, device.Reading);
        return new DeviceDocument
        {
            Device = device.Device,
            Provider = device.Provider,
            Name = reading.Name ?? facts.Name,
            Uuid = facts.Uuid,
            PciBusId = facts.PciBusId,
            Cuda = facts.CudaVersion,
            Driver = reading.DriverVersion,
            ProviderOptions = facts.Options is { Count: > 0 } options ? options : null,
            NodesOnProvider = facts.NodesOnProvider,
            NodesOnCpu = facts.NodesOnCpu,
            CudaGraphs = facts.PciBusId is null ? null : facts.CudaGraphs,
            ImagesOk = work.Ok,
            ImagesFailed = work.Failed,
            Batches = work.Batches,
            BusySeconds = work.BusySeconds,
            UsdPerHour = device.UsdPerHour,
            UtilizationRatio = reading.UtilizationRatio,
            MemoryUsedBytes = reading.MemoryUsedBytes,
            MemoryTotalBytes = reading.MemoryTotalBytes,
            PowerWatts = reading.PowerWatts,
            EnergyJoules = reading.EnergyJoules,
            EnergySensor = reading.EnergySensor,
            TemperatureCelsius = reading.TemperatureCelsius,
            SmClockMegahertz = reading.SmClockMegahertz,
            Throttled = reading.Throttled,
            ThrottleReasons = reading.ThrottleReasons.Count > 0 ? reading.ThrottleReasons : null,
            OtherProcesses = reading.OtherProcesses,
            Note = reading.Note,
        };
    }
}
