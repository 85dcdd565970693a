using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace InferenceMeter.Api;

/// <summary>The key that requests must carry, or none.</summary>
internal sealed record ApiKey(string? Value)
{
    /// <summary>Header that carries it; <c>Authorization: Bearer</c> does, too.</summary>
    public const string Header = "X-Api-Key";

    /// <summary>Environment variable with the key, where no file is named.</summary>
    public const string Variable = "INFERENCEMETER_API_KEY";

    private const string Bearer = "Bearer ";

    /// <summary>Whether a request carries it; <see langword="false"/> when there is none.</summary>
    public bool Admits(HttpRequest request)
    {
        if (Value is null)
            return false;
        var authorization = request.Headers.Authorization.ToString();
        return Matches(request.Headers[Header].ToString())
            || (
                authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
                && Matches(authorization[Bearer.Length..].Trim())
            );
    }

    // Hashes first: equal lengths, so that the comparison's time tells nothing.
    private bool Matches(string given) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)),
            SHA256.HashData(Encoding.UTF8.GetBytes(Value!))
        );

    /// <summary>Reads the key file, or else the environment; none when neither has one.</summary>
    /// <exception cref="Commands.UserException">It is empty or unreadable.</exception>
    public static ApiKey From(string? path)
    {
        if (path is null)
            return new ApiKey(
                Environment.GetEnvironmentVariable(Variable)?.Trim() is { Length: > 0 } given ? given : null
            );
        try
        {
            var key = File.ReadAllText(path).Trim();
            return key.Length > 0
                ? new ApiKey(key)
                : throw new Commands.UserException($"the API key file {path} is empty; put a key of your choice in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Commands.UserException($"the API key file {path} cannot be read: {e.Message}");
        }
    }
}

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
                    "Without an API key, changes are taken from this machine only; start with --api-key-file FILE to allow them from elsewhere.",
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
