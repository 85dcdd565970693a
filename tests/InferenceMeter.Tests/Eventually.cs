using System.Runtime.CompilerServices;

namespace InferenceMeter.Tests;

/// <summary>
/// Waits for what becomes true in its own time. The deadline is generous because a loaded machine is slow; a test that
/// passes goes on as soon as the condition holds.
/// </summary>
internal static class Eventually
{
    /// <summary>How long a test waits before it fails.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="expected">What the failure says was waited for; by default the condition's source text.</param>
    /// <exception cref="TimeoutException">The condition did not hold within the deadline.</exception>
    public static async Task IsTrue(
        Func<bool> condition,
        [CallerArgumentExpression(nameof(condition))] string expected = ""
    ) => await Get(condition, held => held, expected: expected);

    /// <inheritdoc cref="IsTrue(Func{bool}, string)"/>
    public static async Task IsTrue(
        Func<Task<bool>> condition,
        [CallerArgumentExpression(nameof(condition))] string expected = ""
    ) => await GetAsync(condition, held => held, expected: expected);

    /// <summary>Waits until a value is accepted, and returns it.</summary>
    /// <param name="read">Reads the value, again and again.</param>
    /// <param name="accept">Whether the value is the one waited for.</param>
    /// <param name="giveUp">Why waiting on is useless, such as a program that has ended; null while it is not.</param>
    /// <param name="deadline">Longest wait; by default <see cref="Deadline"/>.</param>
    /// <param name="expected">What the failure says was waited for; by default the text of accept.</param>
    /// <exception cref="TimeoutException">No value was accepted within the deadline.</exception>
    public static Task<T> Get<T>(
        Func<T> read,
        Func<T, bool> accept,
        Func<string?>? giveUp = null,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(accept))] string expected = ""
    ) => GetAsync(() => Task.FromResult(read()), accept, giveUp, deadline, expected);

    /// <inheritdoc cref="Get{T}"/>
    public static async Task<T> GetAsync<T>(
        Func<Task<T>> read,
        Func<T, bool> accept,
        Func<string?>? giveUp = null,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(accept))] string expected = ""
    )
    {
        var patience = deadline ?? Deadline;
        var start = TimeProvider.System.GetTimestamp();
        var poll = FirstPoll;
        while (true)
        {
            // A read that hangs counts against the deadline as well.
            var left = patience - TimeProvider.System.GetElapsedTime(start);
            var value = await read().WaitAsync(left > FirstPoll ? left : FirstPoll);
            if (accept(value))
                return value;
            if (giveUp?.Invoke() is { } reason)
                throw new TimeoutException($"waited in vain for {expected}: {reason}; last seen: {value}");
            if (TimeProvider.System.GetElapsedTime(start) > patience)
                throw new TimeoutException($"not within {patience.TotalSeconds:0} s: {expected}; last seen: {value}");
            await Task.Delay(poll);
            poll = poll * 1.5 < LongestPoll ? poll * 1.5 : LongestPoll;
        }
    }
}
