using System.Security.Cryptography;
using System.Text;
using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.Web.Security;

/// <summary>The API key that the program was given, if any.</summary>
/// <param name="Value">The key; <see langword="null"/> when there is none.</param>
internal sealed record ApiKey(string? Value)
{
    /// <summary>The header that carries it; <c>Authorization: Bearer</c> may, too.</summary>
    public const string Header = "X-Api-Key";

    private const string Bearer = "Bearer ";

    /// <summary>Whether a request carries the key; <see langword="false"/> when there is none to carry.</summary>
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

    // The hashes are of equal length, so the time of the comparison reveals nothing.
    private bool Matches(string given) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)),
            SHA256.HashData(Encoding.UTF8.GetBytes(Value!))
        );

    /// <summary>Reads the key from the file, or from the environment where no file is named.</summary>
    /// <exception cref="UserException">The file is empty or unreadable.</exception>
    public static ApiKey From(string? path)
    {
        if (path is null)
            return new ApiKey(
                Environment.GetEnvironmentVariable(ServiceSettings.ApiKeyVariable)?.Trim() is { Length: > 0 } given
                    ? given
                    : null
            );
        try
        {
            var key = File.ReadAllText(path).Trim();
            return key.Length > 0
                ? new ApiKey(key)
                : throw new UserException($"the API key file {path} is empty; put a key of your choice in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"the API key file {path} cannot be read: {e.Message}");
        }
    }
}
