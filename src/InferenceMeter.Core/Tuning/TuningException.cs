using InferenceMeter.Errors;

namespace InferenceMeter.Tuning;

/// <summary>
/// A search that cannot begin or go on; the message is one line that says what, where and how to mend it.
/// </summary>
public sealed class TuningException : MeterException
{
    /// <inheritdoc/>
    public TuningException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public TuningException(string message, Exception inner)
        : base(message, inner) { }
}
