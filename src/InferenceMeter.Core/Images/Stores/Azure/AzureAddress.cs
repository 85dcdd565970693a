using Azure.Storage.Blobs;

namespace InferenceMeter.Images.Stores.Azure;

/// <summary>
/// What an address of Azure's blob storage names. <c>az://account/container/key</c> is taken as it stands, since a key
/// may hold any character; in <c>https://account.blob.core.windows.net/container/key</c> they are percent-encoded.
/// Either may end with the query of a shared access signature (SAS); any other query is part of the key.
/// </summary>
internal sealed record AzureAddress
{
    /// <summary>How short addresses begin.</summary>
    public const string Scheme = "az://";

    /// <summary>Domains of Azure's clouds, public and national.</summary>
    private static readonly string[] Domains =
    [
        ".blob.core.windows.net",
        ".blob.core.chinacloudapi.cn",
        ".blob.core.usgovcloudapi.net",
        ".blob.storage.azure.net",
    ];

    /// <summary>Name of the storage account.</summary>
    public required string Account { get; init; }

    /// <summary>Name of the container.</summary>
    public required string Container { get; init; }

    /// <summary>Key or prefix; empty for the whole container.</summary>
    public required string Key { get; init; }

    /// <summary>Where the account answers.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Whether the address itself says where the account answers.</summary>
    public required bool HasEndpoint { get; init; }

    /// <summary>Shared access signature, a secret; <see langword="null"/> where the address has none.</summary>
    public required string? Sas { get; init; }

    /// <summary>The container without a secret: the same for all addresses of it.</summary>
    public string Public =>
        Endpoint == PublicCloud(Account) ? $"{Scheme}{Account}/{Container}" : $"{Trim(Endpoint)}/{Container}";

    /// <summary>
    /// Whether a secret may be sent there that was not given for this very address: an address in a list of somebody
    /// else must not gather them.
    /// </summary>
    public bool IsTrusted => Endpoint.IsLoopback || (Endpoint.Scheme == Uri.UriSchemeHttps && IsOfAzure(Endpoint));

    /// <summary>Takes an address apart.</summary>
    /// <returns><see langword="null"/> when it is none of Azure, or names no container.</returns>
    public static AzureAddress? Parse(string text) =>
        text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? ParseShort(text) : ParseUri(text);

    /// <summary>Whether an address is one of Azure, by how it begins.</summary>
    public static bool Takes(string text) =>
        text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        || (UriOf(text) is { } uri && (IsOfAzure(uri) || AccountInPath(uri) is not null));

    private static AzureAddress? ParseShort(string text)
    {
        var (path, sas) = SplitSas(text[Scheme.Length..]);
        if (path.Split('/', 3) is not [var account, { Length: > 0 } container, ..] parts || !IsAccount(account))
            return null;
        return new AzureAddress
        {
            Account = account,
            Container = container,
            Key = parts.Length > 2 ? parts[2] : "",
            Endpoint = PublicCloud(account),
            HasEndpoint = false,
            Sas = sas,
        };
    }

    private static AzureAddress? ParseUri(string text)
    {
        var (_, sas) = SplitSas(text);
        if (UriOf(text) is not { } uri)
            return null;
        var inPath = AccountInPath(uri);
        var account = inPath ?? uri.Host.Split('.')[0];
        var path = uri.AbsolutePath.TrimStart('/').Split('/', inPath is null ? 2 : 3).AsSpan(inPath is null ? 0 : 1);
        if (path is not [{ Length: > 0 } container, ..])
            return null;
        return new AzureAddress
        {
            Account = account,
            Container = Uri.UnescapeDataString(container),
            Key = path.Length > 1 ? Uri.UnescapeDataString(path[1]) : "",
            Endpoint = new Uri(uri, inPath is null ? "/" : $"/{inPath}"),
            HasEndpoint = true,
            Sas = sas,
        };
    }

    /// <summary>The path of a web address, in which a # and a ? are characters of the key.</summary>
    private static Uri? UriOf(string text)
    {
        var (path, _) = SplitSas(text);
        path = path.Replace("#", "%23", StringComparison.Ordinal).Replace("?", "%3F", StringComparison.Ordinal);
        return
            Uri.TryCreate(path, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri.UserInfo.Length == 0
            ? uri
            : null;
    }

    private static bool IsOfAzure(Uri uri) =>
        Domains.Any(domain => uri.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));

    /// <summary>Emulators have no name for each account; theirs is the first part of the path.</summary>
    private static string? AccountInPath(Uri uri) =>
        !IsOfAzure(uri)
        && (uri.IsLoopback || uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || !uri.IsDefaultPort)
        && new BlobUriBuilder(uri) is { AccountName: { Length: > 0 } account } builder
        && uri.AbsolutePath.StartsWith($"/{account}", StringComparison.Ordinal)
        && builder.BlobContainerName.Length > 0
            ? account
            : null;

    private static bool IsAccount(string text) =>
        text.Length > 0
        && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    private static Uri PublicCloud(string account) => new($"https://{account}{Domains[0]}/");

    private static string Trim(Uri uri) => uri.AbsoluteUri.TrimEnd('/');

    private static (string Path, string? Sas) SplitSas(string text)
    {
        var question = text.LastIndexOf('?');
        if (question < 0)
            return (text, null);
        var query = text[(question + 1)..];
        var isSigned = query.Split('&').Any(part => part.StartsWith("sig=", StringComparison.OrdinalIgnoreCase));
        return isSigned ? (text[..question], query) : (text, null);
    }
}
