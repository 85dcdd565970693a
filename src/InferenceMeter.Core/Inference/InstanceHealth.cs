namespace InferenceMeter.Inference;

/// <summary>Whether one instance can work, and why not; written by its worker, read by the readiness probe.</summary>
/// <param name="device">Index of the device that it runs on.</param>
public sealed class InstanceHealth(int device = 0)
{
    private volatile string? _broken;
    private volatile bool _lost;
    private int _recreations;

    /// <summary>Index of the device that it runs on.</summary>
    public int Device { get; } = device;

    /// <summary>Why the circuit is open; <see langword="null"/> when all is well.</summary>
    public string? Broken => _broken;

    /// <summary>Its device is gone and it has stopped for good.</summary>
    public bool Lost => _lost;

    /// <summary>Sessions re-created so far.</summary>
    public int Recreations => Volatile.Read(ref _recreations);

    internal void Set(Exception? reason) => _broken = reason is null ? null : OneLine(reason.Message);

    internal void Lose(Exception reason)
    {
        Set(reason);
        _lost = true;
    }

    internal void Recreated() => Interlocked.Increment(ref _recreations);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
