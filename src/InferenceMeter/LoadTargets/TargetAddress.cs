using InferenceMeter.Web.Security;

namespace InferenceMeter.LoadTargets;

/// <summary>A server that is tested, and what every request to it carries.</summary>
/// <param name="Address">The address, perhaps with a path in front of those of the API.</param>
/// <param name="Key">The API key; <see langword="null"/> for none.</param>
/// <param name="Host">
/// The <c>Host</c> header, by which proxies choose among servers; <see langword="null"/> for the host of the address.
/// </param>
internal sealed record TargetAddress(Uri Address, string? Key, string? Host)
{
    /// <summary>The address, ending with a slash: paths of the API are relative to it.</summary>
    public Uri Root { get; } =
        Address.AbsolutePath.EndsWith('/') ? Address : new Uri(Address.GetLeftPart(UriPartial.Path) + '/');

    /// <summary>The address as messages write it.</summary>
    public override string ToString() => Root.AbsoluteUri.TrimEnd('/');

    /// <summary>
    /// Creates a client. A proxy would be measured in place of the server, and would learn the key; none is used.
    /// </summary>
    /// <param name="timeout">How long an answer may take.</param>
    public HttpClient CreateClient(TimeSpan timeout)
    {
        var client = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                EnableMultipleHttp2Connections = true,
            }
        )
        {
            BaseAddress = Root,
            Timeout = timeout,
        };
        if (Key is not null)
            client.DefaultRequestHeaders.TryAddWithoutValidation(ApiKey.Header, Key);
        client.DefaultRequestHeaders.Host = Host;
        return client;
    }
}
