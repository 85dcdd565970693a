namespace InferenceMeter.Cli;

/// <summary>
/// Progress that is told on the thread that reports it; <see cref="Progress{T}"/> may reorder reports.
/// </summary>
internal sealed class ActionProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
