using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace InferenceMeter.Api;

/// <summary>The key that requests which change something must carry, or none.</summary>
internal sealed record ApiKey(string? Value)
{
    /// <summary>Reads the key file; none when no file is named.</summary>
    /// <exception cref="Commands.UserException">It is empty or unreadable.</exception>
    public static ApiKey FromFile(string? path)
    {
        if (path is null) return new ApiKey((string?)null);
        try
        {
            var key = File.ReadAllText(path).Trim();
            return key.Length > 0 ? new ApiKey(key) : throw new Commands.UserException($"the API key file {path} is empty; put a key of your choice in it");
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
    private const string Header = "X-Api-Key";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (key.Value is null)
        {
            // No address means an in-process test host, which is this machine.
            return http.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address)
                ? TypedResults.Problem("Without an API key, changes are taken from this machine only; start with --api-key-file FILE to allow them from elsewhere.", statusCode: StatusCodes.Status403Forbidden)
                : await next(context);
        }

        return Matches(http.Request.Headers[Header].ToString())
            ? await next(context)
            : TypedResults.Problem($"A change needs the API key in the header {Header}.", statusCode: StatusCodes.Status401Unauthorized);
    }

    // Hashes first: equal lengths, so that the comparison's time tells nothing.
    private bool Matches(string given) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(key.Value!)));
}
