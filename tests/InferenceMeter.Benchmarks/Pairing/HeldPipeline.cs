using InferenceMeter.Hosting;
using InferenceMeter.Pipeline;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>A pipeline that is held except during its segments, so that two can take turns on one machine.</summary>
internal sealed class HeldPipeline : IAsyncDisposable
{
    private readonly MeterParts _parts;
    private readonly int _seconds;
    private readonly CompletionProbe _probe;
    private readonly InferencePipeline _pipeline;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    /// <param name="seconds">Length of a segment.</param>
    public HeldPipeline(MeterParts parts, int seconds, InferenceMetrics? metrics = null)
    {
        (_parts, _seconds, _probe) = (parts, seconds, new CompletionProbe(parts.Time));
        _pipeline = parts.CreatePipeline(metrics, output: null, _probe);
        _pipeline.Pause();
        _work = _pipeline.RunAsync(_stop.Token, CancellationToken.None);
    }

    /// <summary>Runs one segment.</summary>
    /// <param name="meanwhile">Done during it, until the token ends.</param>
    /// <returns>images/s.</returns>
    public Task<double> SegmentAsync(Func<CancellationToken, Task>? meanwhile = null) =>
        PipelineSegment.RunAsync(
            _pipeline,
            _probe,
            _parts,
            _work,
            async () =>
            {
                using var end = new CancellationTokenSource(TimeSpan.FromSeconds(_seconds));
                if (meanwhile is not null)
                    await meanwhile(end.Token);
                else
                    await Task.Delay(TimeSpan.FromSeconds(_seconds), CancellationToken.None);
            }
        );

    public async ValueTask DisposeAsync()
    {
        _pipeline.Resume();
        await _stop.CancelAsync();
        await _work;
        _pipeline.Dispose();
        _stop.Dispose();
    }
}
