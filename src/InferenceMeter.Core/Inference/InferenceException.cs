using InferenceMeter.Errors;

namespace InferenceMeter.Inference;

/// <summary>
/// A session could not be opened, or a batch could not be run; the message is one line a user can act on.
/// </summary>
public class InferenceException : MeterException
{
    /// <inheritdoc cref="Exception(string)"/>
    public InferenceException(string message)
        : base(message) { }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public InferenceException(string message, Exception inner)
        : base(message, inner) { }

    /// <inheritdoc cref="Exception()"/>
    public InferenceException() { }

    /// <summary>What can be done about it.</summary>
    public InferenceFault Fault { get; init; }
}

/// <summary>Kinds of failure that are met differently.</summary>
public enum InferenceFault
{
    /// <summary>Another attempt, or a fresh session, may help.</summary>
    Failed,

    /// <summary>The device has no room for a batch of this size; a smaller one may fit.</summary>
    OutOfMemory,

    /// <summary>The device is gone for this process: no session on it will work again.</summary>
    DeviceLost,
}

/// <summary>The hardware that a provider is for is not there, so that nobody expects it to be used.</summary>
public sealed class NoSuchHardwareException : InferenceException
{
    /// <inheritdoc cref="Exception(string)"/>
    public NoSuchHardwareException(string message)
        : base(message) { }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public NoSuchHardwareException(string message, Exception inner)
        : base(message, inner) { }

    /// <inheritdoc cref="Exception()"/>
    public NoSuchHardwareException() { }
}
