using System.Globalization;
using Grpc.Core;
using InferenceMeter.Web.OpenInference;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace InferenceMeter.Web.Security;

/// <summary>
/// The one place that answers refused requests, each in its caller's form: problem details for the API, the same with
/// the member <c>error</c> for what classifies, the Open Inference Protocol's own form under its paths, and a status in
/// the trailers for gRPC.
/// </summary>
internal static class RefusalWriter
{
    private const string GrpcMediaType = "application/grpc";
    private const string Challenge = "Bearer realm=\"InferenceMeter\"";

    /// <summary>Answers a request whose response has not started.</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Whole(wait.TotalSeconds);
        if (IsGrpc(context.Request))
            return WriteGrpcAsync(context.Response, refusal);
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = Challenge;
        return ProtocolProblem.IsFor(context.Request)
            ? ProtocolProblem.Of(refusal.Status, refusal.Detail).ExecuteAsync(context)
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
            StatusCodes.Status404NotFound => StatusCode.Unimplemented,
            StatusCodes.Status413PayloadTooLarge => StatusCode.ResourceExhausted,
            StatusCodes.Status500InternalServerError => StatusCode.Internal,
            StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
            _ => StatusCode.InvalidArgument,
        };

    /// <summary>Clients of gRPC read nothing else, whatever the path.</summary>
    public static bool IsGrpc(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol)
        && request.ContentType?.StartsWith(GrpcMediaType, StringComparison.OrdinalIgnoreCase) == true;

    private static bool HasErrorMember(HttpContext context)
    {
        // After an exception the request has no endpoint; the one that it had is kept with the exception.
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        return endpoint?.Metadata.GetMetadata<IAuthorizeData>()?.Policy == Access.Inference;
    }

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
