using Amazon.Runtime;
using Amazon.S3;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.S3;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>Addresses as the program's, with an endpoint and credentials of the test's own.</summary>
internal sealed class FakeS3Provider(Uri endpoint) : IBucketProvider
{
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
}
