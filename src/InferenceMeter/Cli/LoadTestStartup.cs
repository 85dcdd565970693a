using InferenceMeter.LoadTargets;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;

namespace InferenceMeter.Cli;

/// <summary>Opens what <c>load</c> and <c>sweep</c> test.</summary>
internal static class LoadTestStartup
{
    /// <param name="settings">Valid settings.</param>
    /// <param name="options">The target.</param>
    /// <param name="tensors">Whether the pipeline in this process gets pixels instead of encoded images.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LoadTestSession> OpenAsync(
        MeterSettings settings,
        LoadTestOptions options,
        bool tensors,
        CancellationToken cancellation
    )
    {
        var samples = options.ToPlan().Samples;
        if (options.Address is not null)
            return await LoadTestSession.RemoteAsync(settings, options, samples, cancellation);
        var own = LoadTestSession.InProcess(settings);
        return LoadTestSession.Over(await MeterStartup.OpenAsync(own, finished: null, cancellation), samples, tensors);
    }
}
