using InferenceMeter.Composition;
using InferenceMeter.Pipeline;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry.Nvml;
using InferenceMeter.Tests.Pipeline;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>Meters over engines that are open already.</summary>
internal static class OpenedMeters
{
    public static Task<Meter> OpenAsync(
        this MeterSettings settings,
        Engine engine,
        TimeProvider time,
        INvml? nvml = null
    ) =>
        new MeterBuilder(settings.ToSetup(null, time))
        {
            Engines = new FakeEngineFactory(engine),
            Time = time,
            Nvml = nvml,
        }.BuildAsync(CancellationToken.None);
}
