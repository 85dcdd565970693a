using System.Net;

namespace InferenceMeter.Models.Catalog;

/// <summary>A mirror does not give the right file.</summary>
internal sealed class MirrorException : Exception
{
    public MirrorException(MirrorFault fault, string message, Exception? inner = null)
        : base(message, inner)
    {
        Fault = fault;
        MayPass = fault is MirrorFault.Broken or MirrorFault.Unreachable;
    }

    /// <summary>What went wrong.</summary>
    public MirrorFault Fault { get; }

    /// <summary>Whether the same mirror may give it on another try.</summary>
    public bool MayPass { get; private init; }

    /// <summary>How long the server asks to wait; <see langword="null"/> when it does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The server answered with an error.</summary>
    /// <param name="status">Of the answer.</param>
    /// <param name="retryAfter">How long it asks to wait.</param>
    public static MirrorException Refused(HttpStatusCode status, TimeSpan? retryAfter) =>
        new(MirrorFault.Refused, $"the server answered {(int)status} {status}")
        {
            RetryAfter = retryAfter,
            MayPass =
                status
                    is HttpStatusCode.TooManyRequests
                        or HttpStatusCode.RequestTimeout
                        or >= HttpStatusCode.InternalServerError,
        };
}
