namespace InferenceMeter.Settings;

/// <summary>
/// The addresses in the variables of ASP.NET Core and .NET, which container images and hosting services set. Settings
/// files, <c>Service__Urls</c> and <c>--urls</c> go before them.
/// </summary>
internal static class HostAddresses
{
    /// <summary>The setting that they stand for.</summary>
    public const string Key = "Service:Urls";

    /// <summary>In the order in which they are looked at.</summary>
    private static readonly (string Name, bool IsPorts)[] Variables =
    [
        ("ASPNETCORE_URLS", false),
        ("DOTNET_URLS", false),
        ("ASPNETCORE_HTTP_PORTS", true),
        ("DOTNET_HTTP_PORTS", true),
    ];

    /// <summary>Finds the first variable that is set.</summary>
    /// <returns>Its name and the addresses; <see langword="null"/> when none is set.</returns>
    public static (string Variable, string Urls)? Find()
    {
        foreach (var (name, isPorts) in Variables)
        {
            if (Environment.GetEnvironmentVariable(name) is { } text && !string.IsNullOrWhiteSpace(text))
                return (name, isPorts ? OfPorts(text) : text);
        }

        return null;
    }

    private static string OfPorts(string ports) =>
        string.Join(
            ';',
            ports
                .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(port => $"http://*:{port}")
        );
}
