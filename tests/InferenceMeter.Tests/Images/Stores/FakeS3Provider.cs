using Amazon.Runtime;
using Amazon.S3;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.S3;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>Addresses as the program's, with an endpoint and credentials of the test's own.</summary>
internal sealed class FakeS3Provider(Uri endpoint) : IBucketProvider
{
    /// <summary>As often as usual, without the delays.</summary>
    private static readonly BucketRetryOptions Soon = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        LongestDelay = TimeSpan.FromMilliseconds(2),
    };

    private readonly S3BucketProvider _real = new();

    public string Form => _real.Form;

    public bool Takes(string text) => _real.Takes(text);

    public BucketAddress Parse(string text) => _real.Parse(text);

    public IBucket Open(BucketAddress address) =>
        new S3Bucket(
            new AmazonS3Client(
                new BasicAWSCredentials("test", "test"),
                new AmazonS3Config
                {
                    ServiceURL = endpoint.AbsoluteUri,
                    AuthenticationRegion = "us-east-1",
                    ForcePathStyle = true,
                    MaxErrorRetry = 0,
                }
            ),
            address.Bucket["s3://".Length..]
        );

    /// <summary>Opens a source of images at an address.</summary>
    /// <param name="address">Of a bucket.</param>
    /// <param name="options">How images are read.</param>
    /// <param name="time">Clock of what is lost and looked for again.</param>
    public async Task<IImageSource> OpenAsync(string address, ReadingOptions options, TimeProvider time)
    {
        var buckets = new Buckets(TimeProvider.System, [this], Soon);
        return new FetchingImageSource(
            [await BucketLocation.OpenAsync(address, buckets, time, CancellationToken.None)],
            options,
            time
        );
    }
}
