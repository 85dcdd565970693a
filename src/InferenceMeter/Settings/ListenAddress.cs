using System.Net;

namespace InferenceMeter.Settings;

/// <summary>An address to listen on, as it is typed.</summary>
internal static class ListenAddress
{
    /// <summary>What is accepted, in words.</summary>
    public const string Accepted =
        "http addresses with localhost, an IP address or * for every address, such as http://localhost:8080 or "
        + "http://0.0.0.0:8080";

    /// <summary>
    /// Whether the server would listen there and nowhere else. It takes a host that it does not know for every
    /// address, so a slip in an IP address would open the meter to the network.
    /// </summary>
    public static bool IsValid(string url)
    {
        try
        {
            // The server reads it with the same parser: another one might see another host.
            var address = BindingAddress.Parse(url);
            return address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)
                && (address.IsUnixPipe || IsHost(address.Host))
                && (address.IsUnixPipe || address.Port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Cuts a list of addresses at its semicolons.</summary>
    public static string[] Split(string urls) =>
        urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsHost(string host) =>
        host is "*" or "+"
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host, out _);
}
