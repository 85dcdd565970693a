namespace InferenceMeter.Web.OpenInference;

/// <summary>The exception that is thrown when a request breaks the protocol, or comes to nothing.</summary>
internal sealed class ProtocolException(ProtocolError error, string message) : Exception(message)
{
    private const int LongestQuote = 64;

    /// <summary>What is wrong.</summary>
    public ProtocolError Error { get; } = error;

    /// <summary>An exception for a request that is not what the model takes.</summary>
    public static ProtocolException Invalid(string message) => new(ProtocolError.Invalid, message);

    /// <summary>What a client sent, short enough to quote in a message.</summary>
    public static string Shorten(string text) => text.Length > LongestQuote ? text[..LongestQuote] : text;
}
