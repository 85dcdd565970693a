using InferenceMeter.Errors;

namespace InferenceMeter.Pricing;

/// <summary>A price cannot be had; the message is one line that says what, where and how to mend it.</summary>
public sealed class PriceException : MeterException
{
    /// <summary>With that line.</summary>
    public PriceException(string message)
        : base(message) { }

    /// <summary>With that line, and what led to it.</summary>
    public PriceException(string message, Exception inner)
        : base(message, inner) { }

    /// <summary>With that line, and what the user can say otherwise.</summary>
    public PriceException(string message, ErrorSubject subject)
        : base(message) => Subject = subject;
}
