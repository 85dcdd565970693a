namespace InferenceMeter.Tests;

/// <summary>
/// Delays that are the subject of a test: an answer that is slow, work that takes its time, a while in which nothing
/// may happen. A test that waits for something to become true uses <see cref="Eventually"/>.
/// </summary>
internal static class Delays
{
    /// <summary>A server or client that takes this long and holds no thread.</summary>
    public static Task SlowAnswer(TimeSpan time, CancellationToken cancellation = default) =>
        Task.Delay(time, cancellation);

    /// <summary>Work that holds its thread for this long, as a session that runs a batch does.</summary>
    public static void SlowWork(TimeSpan time) => Thread.Sleep(time);

    /// <summary>A while in which something must not happen; the test checks afterwards that it did not.</summary>
    public static Task NothingHappens(TimeSpan time) => Task.Delay(time);
}
