using Google.Apis.Http;
using Google.Cloud.Storage.V1;
using IHttpClientFactory = Google.Apis.Http.IHttpClientFactory;

namespace InferenceMeter.Images.Stores.Google;

/// <summary>
/// Buckets of Google Cloud Storage. Credentials are the application default ones; where there are none, public buckets
/// are read without. <c>STORAGE_EMULATOR_HOST</c> names an emulator in place of the service.
/// </summary>
internal sealed class GoogleBucketProvider : IBucketProvider
{
    private const string Scheme = "gs://";
    private const string ApiPath = "/storage/v1/";
    private const string CredentialsVariable = "GOOGLE_APPLICATION_CREDENTIALS";
    private const string EmulatorVariable = "STORAGE_EMULATOR_HOST";

    /// <inheritdoc/>
    public string Form => "gs://bucket/prefix";

    /// <inheritdoc/>
    public bool Takes(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public BucketAddress Parse(string text)
    {
        // Not as a URI: a key may hold any character, and means each as it stands.
        var parts = text[Scheme.Length..].Split('/', 2);
        return parts[0].Length > 0
            ? new BucketAddress(text, $"{Scheme}{parts[0]}", parts.ElementAtOrDefault(1) ?? "")
            : throw ImageSourceException.ForImages($"{text} names no bucket; addresses are {Form}");
    }

    /// <inheritdoc/>
    public IBucket Open(BucketAddress address)
    {
        try
        {
            return new GoogleBucket(Client(), address.Bucket[Scheme.Length..]);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IOException)
        {
            throw ImageSourceException.ForImages(
                $"{address.Text} cannot be opened: {HttpFaults.OneLine(e.Message)}; see {CredentialsVariable} "
                    + $"and {EmulatorVariable}",
                e
            );
        }
    }

    private static StorageClient Client()
    {
        if (Emulator() is { } emulator)
            return Builder(emulator, isAnonymous: true).Build();
        try
        {
            return Builder(baseUri: null, isAnonymous: false).Build();
        }
        catch (InvalidOperationException e) when (e.InnerException is null && Variable(CredentialsVariable) is null)
        {
            // None were found; those that cannot be read are another matter.
            return Builder(baseUri: null, isAnonymous: true).Build();
        }
    }

    private static StorageClientBuilder Builder(string? baseUri, bool isAnonymous) =>
        new()
        {
            BaseUri = baseUri,
            UnauthenticatedAccess = isAnonymous,
            HttpClientFactory = new UnzippedClientFactory(),
        };

    /// <summary>
    /// Where the API of an emulator is. Libraries of other languages take host and port and know the path; that of .NET
    /// takes the path with them. Both are understood.
    /// </summary>
    private static string? Emulator()
    {
        if (Variable(EmulatorVariable) is not { } host)
            return null;
        var uri = new Uri(ImageAddress.HasScheme(host) ? host : $"http://{host}");
        return uri.AbsolutePath == "/" ? new Uri(uri, ApiPath).AbsoluteUri : $"{uri.AbsoluteUri.TrimEnd('/')}/";
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Makes clients that hand on what arrives: what is unpacked on the way has no known length.</summary>
    private sealed class UnzippedClientFactory : IHttpClientFactory
    {
        public ConfigurableHttpClient CreateHttpClient(CreateHttpClientArgs args)
        {
            args.GZipEnabled = false;
            var client = new HttpClientFactory().CreateHttpClient(args);
            // Trying again and giving up are done in one place for all stores.
            client.Timeout = Timeout.InfiniteTimeSpan;
            return client;
        }
    }
}
