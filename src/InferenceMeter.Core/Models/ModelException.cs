using InferenceMeter.Errors;

namespace InferenceMeter.Models;

/// <summary>A model cannot be used; the message is one line: what is wrong, where, and how to mend it.</summary>
public sealed class ModelException : MeterException
{
    /// <inheritdoc cref="Exception(string)"/>
    public ModelException(string message)
        : base(message) { }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public ModelException(string message, Exception inner)
        : base(message, inner) { }

    /// <inheritdoc cref="Exception()"/>
    public ModelException() { }
}
