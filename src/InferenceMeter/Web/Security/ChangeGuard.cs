using System.Net;

namespace InferenceMeter.Web.Security;

/// <summary>Lets a change through with the right key; without a configured key, only from this machine.</summary>
internal sealed class ChangeGuard(ApiKey key) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (key.Value is null)
        {
            // No address means an in-process test host, which is this machine.
            return http.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address)
                ? TypedResults.Problem(
                    "Without an API key, changes are taken from this machine only; start with "
                        + "--api-key-file FILE to allow them from elsewhere.",
                    statusCode: StatusCodes.Status403Forbidden
                )
                : await next(context);
        }

        return key.Admits(http.Request)
            ? await next(context)
            : TypedResults.Problem(
                $"A change needs the API key in the header {ApiKey.Header}.",
                statusCode: StatusCodes.Status401Unauthorized
            );
    }
}

internal static class ChangeGuardExtensions
{
    /// <summary>Puts the guard before an endpoint that changes something, and its two refusals into OpenAPI.</summary>
    public static RouteHandlerBuilder GuardChanges(this RouteHandlerBuilder endpoint) =>
        endpoint
            .AddEndpointFilter<ChangeGuard>()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);
}
