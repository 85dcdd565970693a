using System.Collections.Concurrent;

namespace InferenceMeter.Inference;

/// <summary>
/// A thread that runs what it is given, in order. Execution providers keep handles, memory and CUDA graphs for each
/// thread
/// that they see, so a session stays on one thread for its life.
/// </summary>
internal sealed class DedicatedThread : IDisposable
{
    private readonly BlockingCollection<Task> _work = [];
    private readonly Thread _thread;

    public DedicatedThread()
    {
        _thread = new Thread(() =>
        {
            foreach (var work in _work.GetConsumingEnumerable())
                work.RunSynchronously();
        });
        _thread.Start();
    }

    /// <summary>Queues an action for the thread.</summary>
    /// <returns>Completes when the action has run; what awaits it continues on another thread.</returns>
    public Task Run(Action action)
    {
        var work = new Task(action, TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(work);
        return work;
    }

    /// <summary>Waits for what was queued and ends the thread.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }
}
