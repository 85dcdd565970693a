namespace InferenceMeter.Errors;

/// <summary>
/// A failure that a user can mend. The message is one line: what is wrong, where, and how to mend it, in words that
/// hold for every way into the meter. <see cref="Subject"/> lets a command line add the option to change.
/// </summary>
public abstract class MeterException : Exception
{
    /// <inheritdoc cref="Exception(string)"/>
    protected MeterException(string message)
        : base(message) { }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    protected MeterException(string message, Exception inner)
        : base(message, inner) { }

    /// <inheritdoc cref="Exception()"/>
    protected MeterException() { }

    /// <summary>What to change; <see langword="null"/> where the message alone says it.</summary>
    public ErrorSubject? Subject { get; init; }
}
