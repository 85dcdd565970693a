using System.Globalization;
using Grpc.Core;
using InferenceMeter.Pipeline.Requests;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The statuses of gRPC for requests that were not answered.</summary>
internal static class GrpcStatus
{
    /// <summary>Full is RESOURCE_EXHAUSTED, with when to retry in the trailers.</summary>
    public static RpcException ToStatus(this RequestRefusedException refused)
    {
        var status = refused.Reason switch
        {
            RefusalReason.Full => StatusCode.ResourceExhausted,
            RefusalReason.TooMany => StatusCode.InvalidArgument,
            _ => StatusCode.Unavailable,
        };
        var trailers = new Metadata();
        if (refused.Reason == RefusalReason.Full)
        {
            trailers.Add("retry-after", Whole(refused.RetryAfter.TotalSeconds));
            trailers.Add("grpc-retry-pushback-ms", Whole(refused.RetryAfter.TotalMilliseconds));
        }

        return new RpcException(new Status(status, refused.Message), trailers);
    }

    /// <summary>The status of what breaks the protocol, or came to nothing.</summary>
    public static RpcException ToStatus(this ProtocolException wrong) =>
        new(
            new Status(
                wrong.Error switch
                {
                    ProtocolError.NotFound => StatusCode.NotFound,
                    ProtocolError.Late => StatusCode.DeadlineExceeded,
                    ProtocolError.Unavailable => StatusCode.Unavailable,
                    _ => StatusCode.InvalidArgument,
                },
                wrong.Message
            )
        );

    /// <summary>The status of what the meter does not do.</summary>
    public static RpcException Unimplemented(string why) => new(new Status(StatusCode.Unimplemented, why));

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
