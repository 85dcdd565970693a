using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace InferenceMeter.Web.Security;

/// <summary>
/// The one place that answers refused requests, each in its caller's form: problem details for the API, the same with
/// the Open Inference Protocol's member <c>error</c> for what classifies, a status in the trailers for gRPC.
/// </summary>
internal static class RefusalWriter
{
    private const string GrpcMediaType = "application/grpc";

    /// <summary>Answers a request whose response has not started.</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Whole(wait.TotalSeconds);
        return IsGrpc(context.Request)
            ? WriteGrpcAsync(context.Response, refusal)
            : WriteProblemAsync(context, refusal);
    }

    private static Task WriteProblemAsync(HttpContext context, Refusal refusal)
    {
        var problem = new ProblemDetails
        {
            Status = refusal.Status,
            Title = refusal.Title,
            Detail = refusal.Detail,
        };
        if (HasErrorMember(context))
            problem.Extensions["error"] = refusal.Detail;
        return TypedResults.Problem(problem).ExecuteAsync(context);
    }

    /// <summary>Trailers only: HTTP's status is 200, there is no message, and the headers are the trailers.</summary>
    private static Task WriteGrpcAsync(HttpResponse response, Refusal refusal)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = GrpcMediaType;
        response.Headers["grpc-status"] = Whole((int)GrpcStatus(refusal.Status));
        response.Headers["grpc-message"] = Uri.EscapeDataString(refusal.Detail);
        if (refusal.RetryAfter is { } wait)
            response.Headers["grpc-retry-pushback-ms"] = Whole(wait.TotalMilliseconds);
        return response.CompleteAsync();
    }

    private static StatusCode GrpcStatus(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
            StatusCodes.Status403Forbidden => StatusCode.PermissionDenied,
            StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
            _ => StatusCode.InvalidArgument,
        };

    /// <summary>Clients of gRPC read nothing else, whatever the path.</summary>
    private static bool IsGrpc(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol)
        && request.ContentType?.StartsWith(GrpcMediaType, StringComparison.OrdinalIgnoreCase) == true;

    private static bool HasErrorMember(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/v2")
        || context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy == Access.Inference;

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
