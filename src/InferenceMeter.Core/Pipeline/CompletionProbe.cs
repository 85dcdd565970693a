namespace InferenceMeter.Pipeline;

/// <summary>
/// Throughput of a short stretch of work by a few threads: the sum of what each thread did between its own first and
/// last completion. So no batch that was running when the stretch began or ended is half counted, and it does not
/// matter whether the threads run in step.
/// </summary>
public sealed class CompletionProbe(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Worker> _workers = [];
    private int _completions;

    /// <summary>Completions since <see cref="Restart"/>.</summary>
    public int Completions => Volatile.Read(ref _completions);

    /// <summary>
    /// Images per second, summed over the threads; one that completed fewer than two batches adds nothing.
    /// </summary>
    public double ImagesPerSecond
    {
        get
        {
            lock (_gate)
                return _workers
                    .Values.Where(worker => worker.Images > 0)
                    .Sum(worker => worker.Images / time.GetElapsedTime(worker.First, worker.Last).TotalSeconds);
        }
    }

    /// <summary>Forgets what was.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            _completions = 0;
            _workers.Clear();
        }
    }

    /// <summary>The calling thread has done a batch of <paramref name="images"/> now.</summary>
    public void Completed(int images)
    {
        lock (_gate)
        {
            _completions++;
            var now = time.GetTimestamp();
            var thread = Environment.CurrentManagedThreadId;
            _workers[thread] = _workers.TryGetValue(thread, out var worker)
                ? worker with
                {
                    Last = now,
                    Images = worker.Images + images,
                }
                : new Worker(now, now, 0);
        }
    }

    private readonly record struct Worker(long First, long Last, long Images);
}
