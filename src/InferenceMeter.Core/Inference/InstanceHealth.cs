namespace InferenceMeter.Inference;

/// <summary>Whether one instance can work, and why not; written by its worker, read by the readiness probe.</summary>
public sealed class InstanceHealth
{
    private volatile string? _broken;
    private int _recreations;

    /// <summary>Why the circuit is open; <see langword="null"/> when all is well.</summary>
    public string? Broken => _broken;

    /// <summary>Sessions re-created so far.</summary>
    public int Recreations => Volatile.Read(ref _recreations);

    internal void Set(Exception? reason) => _broken = reason is null ? null : OneLine(reason.Message);

    internal void Recreated() => Interlocked.Increment(ref _recreations);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
