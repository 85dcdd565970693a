namespace InferenceMeter.Inference;

/// <summary>A session could not be opened, or a batch could not be run; the message is one line a user can act on.</summary>
public sealed class InferenceException : Exception
{
    /// <inheritdoc cref="Exception(string)"/>
    public InferenceException(string message) : base(message) { }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public InferenceException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc cref="Exception()"/>
    public InferenceException() { }
}
