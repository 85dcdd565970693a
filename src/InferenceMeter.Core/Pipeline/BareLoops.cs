using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.Pipeline;

/// <summary>
/// Bare loops side by side. Each is opened, run and closed on a thread of its own: on a new thread a CUDA session would
/// capture its graphs again, beside another loop that is running.
/// </summary>
internal sealed class BareLoops : IDisposable
{
    private readonly TimeProvider _time;
    private readonly List<Lane> _lanes = [];

    /// <summary>
    /// Opens the loops one after the other and warms each up: no graph is captured beside another loop.
    /// </summary>
    /// <param name="open">Opens a loop; called once for each, on the loop's own thread.</param>
    /// <param name="time">Clock of the segments.</param>
    /// <exception cref="InferenceException">A loop cannot be opened or run.</exception>
    public BareLoops(IEnumerable<Func<IBareLoop>> open, TimeProvider time)
    {
        _time = time;
        try
        {
            foreach (var one in open)
                _lanes.Add(new Lane(one));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs all loops for a while.</summary>
    /// <param name="length">Of the segment; each loop runs at least one batch.</param>
    /// <returns>Images per second of all loops together.</returns>
    /// <exception cref="InferenceException">A batch could not be run.</exception>
    public async Task<double> RunAsync(TimeSpan length)
    {
        var probe = new CompletionProbe(_time);
        var start = _time.GetTimestamp();
        await Task.WhenAll(
            _lanes.Select(lane =>
                lane.Run(loop =>
                {
                    do
                    {
                        loop.RunOnce();
                        probe.Completed(loop.BatchSize);
                    } while (_time.GetElapsedTime(start) < length);
                })
            )
        );
        return probe.ImagesPerSecond;
    }

    /// <summary>Closes the loops, each on its thread.</summary>
    public void Dispose() => _lanes.ForEach(lane => lane.Dispose());

    private sealed class Lane : IDisposable
    {
        private readonly DedicatedThread _thread = new();
        private IBareLoop? _loop;

        public Lane(Func<IBareLoop> open)
        {
            try
            {
                _thread.Run(() => OpenAndWarmUp(open)).GetAwaiter().GetResult();
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public Task Run(Action<IBareLoop> work) => _thread.Run(() => work(_loop!));

        public void Dispose()
        {
            _thread.Run(() => _loop?.Dispose()).GetAwaiter().GetResult();
            _thread.Dispose();
        }

        private void OpenAndWarmUp(Func<IBareLoop> open)
        {
            _loop = open();
            for (var i = 0; i <= CudaBuffers.RunsUntilCaptured; i++)
                _loop.RunOnce();
        }
    }
}
