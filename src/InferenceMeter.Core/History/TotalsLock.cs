namespace InferenceMeter.History;

/// <summary>
/// The right to count into a history file: an exclusive lock of the operating system, which ends with the process
/// however it dies.
/// </summary>
internal sealed class TotalsLock(string path) : IDisposable
{
    private FileStream? _held;

    /// <summary>
    /// The lock's own file. It stays when the lock is given up: removing it could take it from under the next owner.
    /// </summary>
    public string Path { get; } = path + ".lock";

    public bool IsHeld => Volatile.Read(ref _held) is not null;

    /// <summary>Takes it unless another has it.</summary>
    /// <exception cref="UnauthorizedAccessException">The lock's file may not be written.</exception>
    /// <exception cref="DirectoryNotFoundException">Its folder is gone.</exception>
    public bool TryTake()
    {
        if (IsHeld)
            return true;
        try
        {
            _held = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            return true;
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            return false;
        }
    }

    public void Dispose() => Interlocked.Exchange(ref _held, value: null)?.Dispose();
}
