using System.Net;
using System.Net.Sockets;

namespace InferenceMeter.Images.Stores;

/// <summary>What answers of HTTP mean, for all stores alike.</summary>
internal static class HttpFaults
{
    /// <summary>The fault of a status code.</summary>
    public static StoreFault Of(int status) =>
        status switch
        {
            404 or 410 => StoreFault.NotFound,
            401 or 407 => StoreFault.Credentials,
            403 => StoreFault.Forbidden,
            412 or 416 => StoreFault.Changed,
            408 or 425 or 429 or >= 500 => StoreFault.Unavailable,
            _ => StoreFault.Unreadable,
        };

    /// <summary>
    /// Of an exception that has no status: a connection that cannot be made, or broke, may work a moment later.
    /// </summary>
    public static StoreException Of(Exception failure)
    {
        if (failure is StoreException known)
            return known;
        var innermost = failure.GetBaseException();
        var fault = failure is HttpRequestException { StatusCode: HttpStatusCode status }
            ? Of((int)status)
            : FaultOf(failure, innermost);
        return new StoreException(fault, OneLine(innermost.Message), failure);
    }

    /// <summary>A message without line breaks.</summary>
    public static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();

    private static StoreFault FaultOf(Exception failure, Exception innermost) =>
        failure is HttpRequestException or IOException or OperationCanceledException or TimeoutException
        || innermost is SocketException or IOException or TimeoutException
            ? StoreFault.Unavailable
            : StoreFault.Unreadable;
}
