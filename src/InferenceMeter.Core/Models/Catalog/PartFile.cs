using Polly;
using Polly.Retry;

namespace InferenceMeter.Models.Catalog;

/// <summary>The file that a download is written to until it is whole; one process at a time has it.</summary>
/// <param name="options">How long to wait for another process.</param>
/// <param name="time">Clock of that.</param>
/// <param name="report">Called with one line when there is something to wait for.</param>
internal sealed class PartFile(DownloadRetryOptions options, TimeProvider time, Action<string> report)
{
    /// <summary>Opens the file for this process alone; waits while another one has it.</summary>
    /// <param name="part">Its path; made when it is missing.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It cannot be written, or another process never lets go of it.</exception>
    public async Task<FileStream> OpenAsync(string part, CancellationToken cancellation)
    {
        var waiting = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<IOException>(IsOpenElsewhere),
                    MaxRetryAttempts = options.BusyLooks,
                    BackoffType = DelayBackoffType.Constant,
                    Delay = options.BusyDelay,
                    OnRetry = busy =>
                    {
                        if (busy.AttemptNumber == 0)
                            report($"{part} is being written by another process; waiting for it");
                        return default;
                    },
                }
            )
            .Build();
        return await waiting.ExecuteAsync(
            _ =>
                ValueTask.FromResult(
                    new FileStream(
                        part,
                        FileMode.OpenOrCreate,
                        FileAccess.ReadWrite,
                        FileShare.None,
                        1 << 16,
                        FileOptions.Asynchronous
                    )
                ),
            cancellation
        );
    }

    /// <summary>Gives the whole file its name.</summary>
    public static void Move(string part, string path)
    {
        try
        {
            File.Move(part, path, overwrite: true);
        }
        catch (FileNotFoundException) when (File.Exists(path))
        {
            // Moved by a process that had waited for this one.
        }
    }

    /// <summary>A file that a process holds open for itself: EWOULDBLOCK, or Windows' sharing violation.</summary>
    private static bool IsOpenElsewhere(IOException failed) => failed.HResult is 11 or 35 or unchecked((int)0x80070020);
}
