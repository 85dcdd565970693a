using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.Azure;

namespace InferenceMeter.Tests.Images.Stores.Azure;

public sealed class AzureAddressTests
{
    private const string Sas = "sv=2025-05-05&sr=c&sp=rl&sig=s3cr3t%3D";

    [Theory]
    [InlineData("az://acct/photos", "az://acct/photos", "")]
    [InlineData("az://acct/photos/", "az://acct/photos", "")]
    [InlineData("az://acct/photos/2024/a.jpg", "az://acct/photos", "2024/a.jpg")]
    [InlineData("AZ://acct/photos/a", "az://acct/photos", "a")]
    [InlineData("az://acct/photos/50%25 #1?.jpg", "az://acct/photos", "50%25 #1?.jpg")]
    [InlineData("az://acct/photos//a", "az://acct/photos", "/a")]
    [InlineData("https://acct.blob.core.windows.net/photos/a%20b.jpg", "az://acct/photos", "a b.jpg")]
    [InlineData("https://acct.blob.core.windows.net/photos/a#b?.jpg", "az://acct/photos", "a#b?.jpg")]
    [InlineData(
        "https://acct.blob.core.chinacloudapi.cn/photos/x",
        "https://acct.blob.core.chinacloudapi.cn/photos",
        "x"
    )]
    [InlineData(
        "https://acct.z7.blob.storage.azure.net/photos/x",
        "https://acct.z7.blob.storage.azure.net/photos",
        "x"
    )]
    [InlineData("http://127.0.0.1:10000/acct/photos/x/y", "http://127.0.0.1:10000/acct/photos", "x/y")]
    [InlineData("http://localhost:10000/acct/photos", "http://localhost:10000/acct/photos", "")]
    [InlineData("http://azurite:10000/acct/photos/x", "http://azurite:10000/acct/photos", "x")]
    public void Addresses_name_a_container_and_what_is_in_it(string text, string container, string key)
    {
        var provider = new AzureBucketProvider();

        Assert.True(provider.Takes(text));
        Assert.Equal((container, key), (provider.Parse(text).Bucket, provider.Parse(text).Key));
        Assert.Equal("acct", AzureAddress.Parse(text)!.Account);
        // The same with a signature, which is no part of the key.
        Assert.Equal(container, AzureAddress.Parse($"{text}?{Sas}")!.Public);
        Assert.Equal((key, Sas), (AzureAddress.Parse($"{text}?{Sas}")!.Key, AzureAddress.Parse($"{text}?{Sas}")!.Sas));
    }

    [Theory]
    [InlineData("https://example.com/acct/photos")]
    [InlineData("http://minio.internal:9000/photos/a.jpg")]
    [InlineData("https://user@acct.blob.core.windows.net/photos")]
    [InlineData("s3://bucket/a")]
    [InlineData("photos/az")]
    public void Other_addresses_are_left_to_others(string text) => Assert.False(new AzureBucketProvider().Takes(text));

    [Theory]
    [InlineData("az://acct")]
    [InlineData("az:///photos")]
    [InlineData("az://acct//a")]
    [InlineData("az://host:8/photos")]
    [InlineData("https://acct.blob.core.windows.net/")]
    public void What_names_no_container_is_refused_with_the_form(string text)
    {
        var error = Assert.Throws<ImageSourceException>(() => new AzureBucketProvider().Parse($"{text}?{Sas}"));

        Assert.Contains(
            "names no storage account with a container; addresses are az://account/container/prefix",
            error.Message
        );
        Assert.DoesNotContain("s3cr3t", error.Message);
    }

    [Fact]
    public void An_address_of_nobody_is_refused_with_all_forms_and_without_its_signature()
    {
        using var buckets = new Buckets(TimeProvider.System);

        var error = Assert.Throws<ImageSourceException>(() => buckets.Open($"https://example.com/photos?{Sas}"));

        Assert.Equal(
            "https://example.com/photos is no address that images can be read from; addresses are s3://bucket/prefix, "
                + "az://account/container/prefix or https://account.blob.core.windows.net/container/prefix, "
                + "gs://bucket/prefix",
            error.Message
        );
    }

    [Theory]
    [InlineData("az://acct/photos/a?sp=r&sig=1", "az://acct/photos/a")]
    [InlineData("https://acct.blob.core.windows.net/photos?sp=r&sig=1", "https://acct.blob.core.windows.net/photos")]
    [InlineData("https://example.com/photos?X-Amz-Signature=1", "https://example.com/photos")]
    [InlineData("s3://photos/what?.jpg", "s3://photos/what?.jpg")]
    [InlineData("photos?sig=1", "photos?sig=1")]
    public void Addresses_are_shown_without_signatures_and_paths_as_they_are(string text, string shown) =>
        Assert.Equal(shown, ImageAddress.WithoutSecret(text));

    [Fact]
    public void Each_signature_opens_a_container_of_its_own()
    {
        using var buckets = new Buckets(TimeProvider.System);

        var one = buckets.Open("az://acct/photos/a.jpg?sp=r&sig=1").Store;
        var other = buckets.Open("az://acct/photos/b.jpg?sp=r&sig=2").Store;

        Assert.NotSame(one, other);
        Assert.Same(one, buckets.Open("https://acct.blob.core.windows.net/photos/c.jpg?sp=r&sig=1").Store);
        Assert.Equal("az://acct/photos/a.jpg", one.Object("a.jpg", null).Name);
    }
}
