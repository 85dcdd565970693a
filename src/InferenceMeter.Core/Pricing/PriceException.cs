namespace InferenceMeter.Pricing;

/// <summary>A price cannot be had; the message is one line that says what, where and how to mend it.</summary>
public sealed class PriceException : Exception
{
    /// <summary>With that line.</summary>
    public PriceException(string message)
        : base(message) { }

    /// <summary>With that line, and what led to it.</summary>
    public PriceException(string message, Exception inner)
        : base(message, inner) { }

    /// <summary>With that line, and what the user can say otherwise.</summary>
    public PriceException(string message, PricePart part)
        : base(message) => Part = part;

    /// <summary>What the user can say otherwise; <see langword="null"/> where it is no single thing.</summary>
    public PricePart? Part { get; }
}
