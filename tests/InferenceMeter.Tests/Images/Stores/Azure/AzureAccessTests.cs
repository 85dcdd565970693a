using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.Azure;
using InferenceMeter.Tests.Pricing.Feeds;
using Microsoft.Identity.Client;

namespace InferenceMeter.Tests.Images.Stores.Azure;

[Collection(StoreEnvironment.Collection)]
public sealed class AzureAccessTests
{
    private const string Key = "c2VjcmV0";
    private const string Connection =
        $"DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={Key};BlobEndpoint=http://127.0.0.1:10000/acct;";

    private static readonly (string Name, string Value)[] All =
    [
        ("AZURE_STORAGE_CONNECTION_STRING", Connection),
        ("AZURE_STORAGE_ACCOUNT", "acct"),
        ("AZURE_STORAGE_KEY", Key),
        ("AZURE_STORAGE_SAS_TOKEN", "?sp=rl&sig=s3cr3t"),
    ];

    [Theory]
    [InlineData(0, "az://acct/photos?sp=rl&sig=1", "the signature of the address may be expired or wrong")]
    [InlineData(0, "az://acct/photos", "check AZURE_STORAGE_CONNECTION_STRING")]
    [InlineData(0, "http://127.0.0.1:10000/acct/photos", "check AZURE_STORAGE_CONNECTION_STRING")]
    [InlineData(0, "http://127.0.0.1:10001/acct/photos", "check AZURE_STORAGE_KEY")]
    [InlineData(1, "az://acct/photos", "check AZURE_STORAGE_KEY")]
    [InlineData(3, "az://acct/photos", "check AZURE_STORAGE_SAS_TOKEN")]
    [InlineData(0, "http://127.0.0.1:10000/other/photos", AzureAccess.NoCredentials)]
    public void The_first_credentials_that_are_for_the_account_are_taken(int skipped, string address, string remedy)
    {
        using var environment = new StoreEnvironment(All[skipped..]);

        Assert.Equal(remedy, AzureAccess.Find(AzureAddress.Parse(address)!).Remedy);
    }

    [Fact]
    public void A_connection_string_says_where_its_account_answers()
    {
        using var environment = new StoreEnvironment(All[0]);

        var access = AzureAccess.Find(AzureAddress.Parse("az://acct/photos")!);

        Assert.Equal("http://127.0.0.1:10000/acct/photos", access.Container.Uri.AbsoluteUri);
    }

    [Fact]
    public void What_the_machine_finds_by_itself_is_taken_where_nothing_is_set()
    {
        using var environment = new StoreEnvironment();

        var access = AzureAccess.Find(AzureAddress.Parse("az://acct/photos")!);

        Assert.StartsWith("the identity that was found", access.Remedy, StringComparison.Ordinal);
        Assert.NotNull(access.Anonymous);
    }

    [Theory]
    [InlineData("http://10.1.2.3:10000/acct/photos")]
    [InlineData("https://evil.example:10000/acct/photos")]
    public void An_address_outside_of_Azure_is_sent_no_signature_and_no_token(string address)
    {
        using var environment = new StoreEnvironment(All[1], All[3]);

        Assert.Equal(AzureAccess.NoCredentials, AzureAccess.Find(AzureAddress.Parse(address)!).Remedy);
    }

    [Theory]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "AccountName=acct;AccountKey=s3cr3t!")]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "s3cr3t")]
    [InlineData("AZURE_STORAGE_KEY", "s3cr3t!")]
    public void A_variable_that_cannot_be_used_is_named_and_not_shown(string name, string value)
    {
        using var environment = new StoreEnvironment((name, value));
        var provider = new AzureBucketProvider();

        var error = Assert.Throws<ImageSourceException>(() => provider.Open(provider.Parse("az://acct/photos")));

        Assert.StartsWith($"{name} is not the ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; set it anew", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_no_identity_is_found_a_public_container_is_read_without(bool isProxyInTheWay)
    {
        await using var server = new LocalServer("<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>");
        var address = AzureAddress.Parse($"{server.Address}acct/photos")!;
        var tries = 0;
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 0;
        // A proxy refuses what would tell that there is no managed identity.
        Exception none = isProxyInTheWay
            ? new AuthenticationFailedException(
                "refused",
                new MsalClientException("managed_identity_all_sources_unavailable", "refused")
            )
            : new CredentialUnavailableException("none here");
        options.AddPolicy(new NoIdentity(none, () => tries++), HttpPipelinePosition.PerCall);
        var access = new AzureAccess(
            new BlobContainerClient(new Uri($"{server.Address}acct/photos"), options),
            AzureAccess.Find(address).Container,
            "sign in"
        );
        using var bucket = new AzureBucket(access, address);

        Assert.Empty((await bucket.ListAsync("", null, CancellationToken.None)).Objects);
        Assert.Empty((await bucket.ListAsync("", null, CancellationToken.None)).Objects);

        Assert.Equal((1, 2), (tries, server.Requests));
    }

    [Fact]
    public async Task An_identity_that_is_refused_is_no_reason_to_go_without()
    {
        await using var server = new LocalServer("");
        var address = AzureAddress.Parse($"{server.Address}acct/photos")!;
        var refused = new AuthenticationFailedException("The password is expired.\nTrace 1");
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 0;
        options.AddPolicy(new NoIdentity(refused, () => { }), HttpPipelinePosition.PerCall);
        var container = new BlobContainerClient(new Uri($"{server.Address}acct/photos"), options);
        using var bucket = new AzureBucket(new AzureAccess(container, container, "sign in"), address);

        var failure = await Assert.ThrowsAsync<AuthenticationFailedException>(() =>
            bucket.ListAsync("", null, CancellationToken.None)
        );

        var told = bucket.FaultOf(failure);
        Assert.Equal((StoreFault.Credentials, "The password is expired.; sign in"), (told.Fault, told.Message));
        Assert.Equal(0, server.Requests);
    }

    /// <summary>Fails as a client does that finds no identity.</summary>
    private sealed class NoIdentity(Exception none, Action tried) : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException();

        public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            tried();
            throw none;
        }
    }
}
