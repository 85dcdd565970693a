using Google.Api.Gax;
using Google.Apis.Http;
using Google.Cloud.Storage.V1;
using IHttpClientFactory = Google.Apis.Http.IHttpClientFactory;

namespace InferenceMeter.Images.Stores.Google;

/// <summary>
/// Buckets of Google Cloud Storage. Credentials are the application default ones; where there are none, public buckets are
/// read without. <c>STORAGE_EMULATOR_HOST</c> names an emulator in place of the service.
/// </summary>
internal sealed class GoogleBucketProvider : IBucketProvider
{
    private const string Scheme = "gs://";

    /// <inheritdoc/>
    public string Form => "gs://bucket/prefix";

    /// <inheritdoc/>
    public bool Takes(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public BucketAddress Parse(string text)
    {
        // Not as a URI: a key may hold any character, and means each as it stands.
        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? rest : rest[..slash];
        return bucket.Length > 0
            ? new BucketAddress(text, $"{Scheme}{bucket}", slash < 0 ? "" : rest[(slash + 1)..])
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
                $"{address.Text} cannot be opened: {HttpFaults.OneLine(e.Message)}; see GOOGLE_APPLICATION_CREDENTIALS "
                    + "and STORAGE_EMULATOR_HOST",
                e
            );
        }
    }

    private static StorageClient Client()
    {
        try
        {
            return Builder(isAnonymous: false).Build();
        }
        catch (InvalidOperationException e) when (e.InnerException is null && !HasCredentialsFile())
        {
            // None were found; those that cannot be read are another matter.
            return Builder(isAnonymous: true).Build();
        }
    }

    private static bool HasCredentialsFile() =>
        Environment.GetEnvironmentVariable("GOOGLE_APPLICATION_CREDENTIALS") is { Length: > 0 };

    private static StorageClientBuilder Builder(bool isAnonymous) =>
        new()
        {
            EmulatorDetection = EmulatorDetection.EmulatorOrProduction,
            UnauthenticatedAccess = isAnonymous,
            HttpClientFactory = new UnzippedClientFactory(),
        };

    /// <summary>Makes clients that hand on what arrives: bytes that are unpacked on the way have no known length.</summary>
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
