using System.Net;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.Azure;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Images.Stores.Azure;

/// <summary>What Azure answers when it is not well, which Azurite never is.</summary>
[Collection(StoreEnvironment.Collection)]
public sealed class AzureFaultTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    private readonly StoreEnvironment _environment = new();

    public void Dispose() => _environment.Dispose();

    [Theory]
    [InlineData(401, "NoAuthenticationInformation", nameof(StoreFault.Credentials))]
    [InlineData(401, "InvalidAuthenticationInfo", nameof(StoreFault.Credentials))]
    [InlineData(403, "AuthenticationFailed", nameof(StoreFault.Credentials))]
    [InlineData(409, "PublicAccessNotPermitted", nameof(StoreFault.Credentials))]
    [InlineData(403, "AuthorizationFailure", nameof(StoreFault.Forbidden))]
    [InlineData(403, "AuthorizationPermissionMismatch", nameof(StoreFault.Forbidden))]
    [InlineData(403, "AccountIsDisabled", nameof(StoreFault.Forbidden))]
    [InlineData(404, "BlobNotFound", nameof(StoreFault.NotFound))]
    [InlineData(404, "ContainerNotFound", nameof(StoreFault.NotFound))]
    [InlineData(412, "ConditionNotMet", nameof(StoreFault.Changed))]
    [InlineData(416, "InvalidRange", nameof(StoreFault.Changed))]
    [InlineData(409, "BlobArchived", nameof(StoreFault.Unreadable))]
    [InlineData(500, "InternalError", nameof(StoreFault.Unavailable))]
    [InlineData(500, "OperationTimedOut", nameof(StoreFault.Unavailable))]
    [InlineData(503, "ServerBusy", nameof(StoreFault.Unavailable))]
    public async Task Codes_of_errors_are_told_apart(int status, string code, string fault)
    {
        await using var server = new LocalServer((context, _) => RefuseAsync(context, status, code));
        using var bucket = Bucket(server);

        var failure = await Assert.ThrowsAnyAsync<Exception>(() =>
            bucket.GetAsync(new ObjectRequest("1.jpg", 0, null, null), CancellationToken.None)
        );

        var told = bucket.FaultOf(failure);
        Assert.Equal(fault, $"{told.Fault}");
        Assert.StartsWith($"{status} {code}: It is so.", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', told.Message);
        // No try again that nobody counts.
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_busy_store_is_asked_again_and_each_try_is_counted()
    {
        await using var server = new LocalServer(
            (context, number) =>
                number <= 2 ? RefuseAsync(context, 503, "ServerBusy") : GiveAsync(context, Content, cut: null)
        );
        using var store = StoreSources.Store(Bucket(server));

        var image = await store.ReadAsync(store.Object("1.jpg", null), int.MaxValue, CancellationToken.None);

        Assert.Equal(Content, image.Buffer![..image.Length]);
        Assert.Equal((3, 2), (store.Traffic.Gets, store.Traffic.Retries));
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_at_the_same_byte_and_counted()
    {
        await using var server = new LocalServer(
            (context, number) => GiveAsync(context, Content, cut: number == 1 ? 100_000 : null)
        );
        using var store = StoreSources.Store(Bucket(server));

        await using var stream = await store.OpenAsync(store.Object("1.tar", null), CancellationToken.None);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);

        Assert.Equal(Content, all.ToArray());
        Assert.Equal((2, 1), (store.Traffic.Gets, store.Traffic.Retries));
        Assert.Equal(2, server.Requests);
        Assert.Equal(Content.Length, store.Traffic.Bytes);
    }

    [Fact]
    public async Task Credentials_that_expire_on_the_way_end_a_single_pass_with_a_remedy()
    {
        await using var server = new LocalServer(
            (context, _) =>
                context.Request.RawUrl!.Contains("comp=list", StringComparison.Ordinal)
                    ? LocalServer.TextAsync(context, Listing("1.jpg"))
                    : RefuseAsync(context, 403, "AuthenticationFailed")
        );
        var address = $"{server.Address}acct/photos";
        using var source = await StoreSources.OpenAsync($"{address}?sp=rl&sig=s3cr3t");

        var lost = Assert.Throws<ImageSourceException>(() => source.TryNext(out _));

        Assert.True(lost.WasLost);
        Assert.StartsWith(
            $"{address}/ may not be read any more: 403 AuthenticationFailed: It is so.; the signature of the address "
                + "may be expired or wrong",
            lost.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("s3cr3t", lost.ToString());
        Assert.All(server.Asked, asked => Assert.Contains("sig=s3cr3t", asked));
    }

    [Fact]
    public async Task A_page_without_objects_that_is_not_the_last_is_no_end()
    {
        await using var server = new LocalServer(
            (context, _) =>
                LocalServer.TextAsync(
                    context,
                    context.Request.RawUrl!.Contains("marker=", StringComparison.Ordinal)
                        ? Listing("a/1.jpg")
                        : Listing(key: null, next: "more")
                )
        );

        using var location = await StoreSources.LocationAsync($"{server.Address}acct/photos/a");

        Assert.Equal($"{server.Address}acct/photos/a/", location.Name);
    }

    private static AzureBucket Bucket(LocalServer server)
    {
        var provider = new AzureBucketProvider();
        return (AzureBucket)provider.Open(provider.Parse($"{server.Address}acct/photos"));
    }

    private static string Listing(string? key, string next = "")
    {
        var properties = "<Properties><Content-Length>5</Content-Length><BlobType>BlockBlob</BlobType></Properties>";
        var blob = key is null ? "" : $"<Blob><Name>{key}</Name>{properties}</Blob>";
        return $"<EnumerationResults><Blobs>{blob}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>";
    }

    private static Task RefuseAsync(HttpListenerContext context, int status, string code) =>
        LocalServer.TextAsync(
            context,
            $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>It is so.\nRequestId:1\n"
                + "Time:2026-01-01T00:00:00Z</Message></Error>",
            status,
            ("x-ms-error-code", code),
            ("Content-Type", "application/xml")
        );

    private static async Task GiveAsync(HttpListenerContext context, byte[] content, int? cut)
    {
        var from = 0;
        // The library asks in its own header.
        if ((context.Request.Headers["x-ms-range"] ?? context.Request.Headers["Range"]) is { } range)
        {
            from = int.Parse(range["bytes=".Length..].Split('-')[0]);
            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        context.Response.AddHeader("ETag", "\"0x1\"");
        context.Response.AddHeader("x-ms-blob-type", "BlockBlob");
        context.Response.ContentLength64 = content.Length - from;
        await context.Response.OutputStream.WriteAsync(content.AsMemory(from..(cut ?? content.Length)));
        if (cut is not null)
        {
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
        }
    }
}
