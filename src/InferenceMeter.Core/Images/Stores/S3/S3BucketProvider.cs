using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;

namespace InferenceMeter.Images.Stores.S3;

/// <summary>
/// Buckets of Amazon S3 and of everything that speaks its protocol. Region, endpoint and credentials are found where
/// the AWS SDK finds them (environment, profile, container, machine); where there are no credentials, public buckets
/// are read without.
/// </summary>
internal sealed class S3BucketProvider : IBucketProvider
{
    private const string Scheme = "s3://";

    /// <inheritdoc/>
    public string Form => "s3://bucket/prefix";

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
            var client = new AmazonS3Client(Credentials(), Configuration());
            return new S3Bucket(client, address.Bucket[Scheme.Length..]);
        }
        catch (AmazonClientException e)
        {
            throw ImageSourceException.ForImages(
                $"{address.Text} cannot be opened: {HttpFaults.OneLine(e.Message)}; see AWS_REGION, AWS_PROFILE and "
                    + "AWS_ENDPOINT_URL",
                e
            );
        }
    }

    private static AmazonS3Config Configuration()
    {
        var configuration = new AmazonS3Config
        {
            // Trying again and giving up are done in one place for all stores.
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var (endpoint, region) = (configuration.ServiceURL, configuration.RegionEndpoint);
        if (endpoint is null)
        {
            configuration.RegionEndpoint = region ?? RegionEndpoint.USEast1;
            return configuration;
        }

        // An endpoint of one's own (MinIO, Ceph, R2) has no host for each bucket. The SDK forgets the endpoint as soon
        // as it looks for a region, so it is told both.
        configuration.ServiceURL = endpoint;
        configuration.AuthenticationRegion = region?.SystemName;
        configuration.ForcePathStyle = true;
        return configuration;
    }

    private static AWSCredentials Credentials()
    {
        try
        {
            return DefaultAWSCredentialsIdentityResolver.GetCredentials();
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException)
        {
            return new AnonymousAWSCredentials();
        }
    }
}
