using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace InferenceMeter.Web.Security;

/// <summary>
/// Authenticates whoever sends the API key. There are no users: a request has the key, or is anonymous.
/// </summary>
internal sealed class ApiKeyAuthentication(
    ApiKey key,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string Name = "ApiKey";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!key.Admits(Request))
            return Task.FromResult(AuthenticateResult.NoResult());
        var holder = new ClaimsPrincipal(new ClaimsIdentity(Name));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(holder, Name)));
    }
}
