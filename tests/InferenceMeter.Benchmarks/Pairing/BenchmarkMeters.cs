using InferenceMeter.Composition;
using InferenceMeter.Settings;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>Meters of the benchmarks.</summary>
internal static class BenchmarkMeters
{
    public static Task<Meter> OpenAsync(this MeterSettings settings) =>
        new MeterBuilder(settings.ToSetup(null, TimeProvider.System)) { Warn = Console.Error.WriteLine }.BuildAsync(
            CancellationToken.None
        );
}
