using System.IO.Compression;
using System.Text;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;
using InferenceMeter.Images.Stores.Google;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Images.Stores.Google;

[Collection(StoreEnvironment.Collection)]
public sealed class GoogleBucketTests : IAsyncLifetime
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 600_000).Select(i => (byte)(i * 7))];

    private readonly GoogleStorage _storage = new() { PageSize = 2 };
    private readonly StoreEnvironment _environment;

    public GoogleBucketTests() => _environment = new StoreEnvironment(("STORAGE_EMULATOR_HOST", _storage.Host));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _environment.Dispose();
        await _storage.DisposeAsync();
    }

    [Fact]
    public async Task Images_are_read_over_several_pages()
    {
        string[] keys = ["a/1.jpg", "a/2.jpg", "a/3.jpg", "a/4.jpg", "a/5.jpg"];
        Write([.. keys, "a/notes.txt", "b/6.jpg"]);

        using var source = await StoreSources.OpenAsync("gs://photos/a");

        Assert.Equal(keys, StoreSources.Contents(source));
        Assert.Equal("gcs", source.Kind);
        var traffic = Assert.Single(source.Traffic);
        Assert.Equal((5, 35), (traffic.Gets, traffic.Bytes));
        Assert.Equal(_storage.Asked.Length, traffic.Lists + traffic.Gets);
    }

    [Theory]
    [InlineData("", "a.jpg a.jpg.png a/1.jpg a/2.jpg ab/3.jpg")]
    [InlineData("/a", "a/1.jpg a/2.jpg")]
    [InlineData("/ab", "ab/3.jpg")]
    [InlineData("/a/1", "a/1.jpg")]
    [InlineData("/a.jpg", "a.jpg")]
    public async Task A_prefix_means_a_folder_an_object_or_how_keys_begin(string prefix, string keys)
    {
        Write("a.jpg", "a.jpg.png", "a/1.jpg", "a/2.jpg", "ab/3.jpg");

        using var source = await StoreSources.OpenAsync($"gs://photos{prefix}");

        Assert.Equal(keys, string.Join(' ', StoreSources.Contents(source)));
    }

    [Fact]
    public async Task Keys_hold_any_character()
    {
        string[] keys =
        [
            "/slash first.jpg",
            "100%.jpg",
            "50%25.jpg",
            "a+b&c=d;e.jpg",
            "a//b.jpg",
            "a\\b.jpg",
            "hash#1.jpg",
            "what?.jpg",
            "Ünïcødé 漢字 🦊.jpg",
        ];
        Write(keys);

        foreach (var key in keys)
        {
            using var source = await StoreSources.OpenAsync($"gs://photos/{key}");
            Assert.Equal([key], StoreSources.Contents(source));
        }
    }

    [Theory]
    [InlineData(401, "required", nameof(StoreFault.Credentials))]
    [InlineData(403, "forbidden", nameof(StoreFault.Forbidden))]
    [InlineData(403, "rateLimitExceeded", nameof(StoreFault.Unavailable))]
    [InlineData(404, "notFound", nameof(StoreFault.NotFound))]
    [InlineData(412, "conditionNotMet", nameof(StoreFault.Changed))]
    [InlineData(416, "requestedRangeNotSatisfiable", nameof(StoreFault.Changed))]
    [InlineData(429, "rateLimitExceeded", nameof(StoreFault.Unavailable))]
    [InlineData(500, "backendError", nameof(StoreFault.Unavailable))]
    [InlineData(503, "backendError", nameof(StoreFault.Unavailable))]
    [InlineData(400, "userProjectMissing", nameof(StoreFault.Unreadable))]
    public async Task Refusals_are_told_apart_and_nothing_is_tried_again_unseen(int status, string reason, string fault)
    {
        _storage.Instead = (context, _) => GoogleStorage.RefuseAsync(context, status, reason, "It is\nso.");
        using var bucket = Bucket();

        var list = await Assert.ThrowsAnyAsync<Exception>(() => bucket.ListAsync("", null, CancellationToken.None));
        var get = await Assert.ThrowsAnyAsync<Exception>(() =>
            bucket.GetAsync(new ObjectRequest("1.jpg", 0, null, null), CancellationToken.None)
        );

        foreach (var told in new[] { bucket.FaultOf(list), bucket.FaultOf(get) })
        {
            Assert.Equal(fault, $"{told.Fault}");
            Assert.StartsWith($"{status} {reason}: It is so.", told.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, _storage.Asked.Length);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        Write("1.jpg");
        using var store = StoreSources.Store(Bucket());

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.ReadAsync(store.Object("2.jpg", null), int.MaxValue, CancellationToken.None)
        );
        var noBucket = await Assert.ThrowsAsync<ImageSourceException>(() => StoreSources.OpenAsync("gs://none/a"));

        Assert.Equal((StoreFault.NotFound, "404: No such object: photos/2.jpg"), (failure.Fault, failure.Message));
        Assert.Equal(
            "gs://none/a cannot be listed: 404 notFound: The specified bucket does not exist.",
            noBucket.Message
        );
    }

    [Fact]
    public async Task Who_is_not_known_is_told_how_to_sign_in()
    {
        _storage.Instead = (context, _) =>
            GoogleStorage.RefuseAsync(context, 401, "required", "Anonymous caller may not list.");

        var error = await Assert.ThrowsAsync<ImageSourceException>(() => StoreSources.OpenAsync("gs://photos"));

        Assert.Equal(
            "gs://photos cannot be listed: 401 required: Anonymous caller may not list.; sign in with gcloud auth "
                + "application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
            error.Message
        );
    }

    [Fact]
    public async Task A_busy_store_is_asked_again_and_each_try_is_counted()
    {
        Write("1.jpg");
        _storage.Instead = (context, number) =>
            number <= 2 ? GoogleStorage.RefuseAsync(context, 503, "backendError", "Later.") : Task.FromResult(false);
        using var store = StoreSources.Store(Bucket());

        await store.ListAsync("", null, CancellationToken.None);

        Assert.Equal((3, 2), (store.Traffic.Lists, store.Traffic.Retries));
        Assert.Equal(3, _storage.Asked.Length);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_at_the_same_byte_of_the_same_generation()
    {
        _storage.Write("1.tar", Content);
        _storage.Instead = (context, number) =>
            number == 1 ? GoogleStorage.GiveAsync(context, Content, 1, cut: 100_000) : Task.FromResult(false);
        using var store = StoreSources.Store(Bucket());

        await using var stream = await store.OpenAsync(store.Object("1.tar", null), CancellationToken.None);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);

        Assert.Equal(Content, all.ToArray());
        Assert.Equal((2, 1), (store.Traffic.Gets, store.Traffic.Retries));
        Assert.Equal(Content.Length, store.Traffic.Bytes);
        Assert.EndsWith("&ifGenerationMatch=1", _storage.Asked[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ranges_are_read_at_any_place()
    {
        _storage.Write("big.bin", Content);
        using var store = StoreSources.Store(Bucket());

        await using var stream = await store.OpenSeekableAsync(store.Object("big.bin", null), CancellationToken.None);
        var end = new byte[100];
        stream.Seek(-100, SeekOrigin.End);
        await stream.ReadExactlyAsync(end);
        var middle = new byte[300_000];
        stream.Position = 123_456;
        await stream.ReadExactlyAsync(middle);

        Assert.Equal(Content.Length, stream.Length);
        Assert.Equal(Content[^100..], end);
        Assert.Equal(Content[123_456..423_456], middle);
    }

    [Fact]
    public async Task An_object_that_changes_between_two_ranges_is_changed_and_not_mixed()
    {
        _storage.Write("big.bin", Content);
        using var store = StoreSources.Store(Bucket());
        await using var stream = await store.OpenSeekableAsync(
            store.Object("big.bin", Content.Length),
            CancellationToken.None
        );
        await stream.ReadExactlyAsync(new byte[1000]);

        _storage.Write("big.bin", Content);
        stream.Position = 500_000;
        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await stream.ReadExactlyAsync(new byte[1000])
        );

        Assert.Equal(StoreFault.Changed, failure.Fault);
    }

    [Fact]
    public async Task An_object_that_is_stored_compressed_comes_as_it_is_stored()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(Content);
        _storage.Write("1.jpg", packed.ToArray());
        string? accepted = null;
        _storage.Instead = (context, _) =>
        {
            accepted = context.Request.Headers["Accept-Encoding"];
            context.Response.AddHeader("Content-Encoding", "gzip");
            return Task.FromResult(false);
        };
        using var store = StoreSources.Store(Bucket());

        var image = await store.ReadAsync(store.Object("1.jpg", packed.Length), int.MaxValue, CancellationToken.None);

        Assert.Equal(packed.ToArray(), image.Buffer![..image.Length]);
        Assert.Equal("gzip", accepted);
    }

    [Fact]
    public void Credentials_that_cannot_be_read_are_an_error_and_no_reason_to_go_without()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder.File("key.json"), "{}");
        using var environment = new StoreEnvironment(("GOOGLE_APPLICATION_CREDENTIALS", folder.File("key.json")));

        var error = Assert.Throws<ImageSourceException>(() => Bucket());

        Assert.StartsWith("gs://photos cannot be opened: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "; see GOOGLE_APPLICATION_CREDENTIALS and STORAGE_EMULATOR_HOST",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("http://{0}")]
    [InlineData("http://{0}/storage/v1")]
    [InlineData("http://{0}/storage/v1/")]
    public async Task An_emulator_is_named_by_its_host_or_with_the_path_of_the_API(string form)
    {
        Write("1.jpg");
        using var environment = new StoreEnvironment(
            ("STORAGE_EMULATOR_HOST", form.Replace("{0}", _storage.Host, StringComparison.Ordinal))
        );

        using var source = await StoreSources.OpenAsync("gs://photos");

        Assert.Equal(["1.jpg"], StoreSources.Contents(source));
    }

    [Fact]
    public void An_address_without_a_bucket_is_refused_with_the_form() =>
        Assert.Equal(
            "gs:///a names no bucket; addresses are gs://bucket/prefix",
            Assert.Throws<ImageSourceException>(() => new GoogleBucketProvider().Parse("gs:///a")).Message
        );

    private static IBucket Bucket()
    {
        var provider = new GoogleBucketProvider();
        return provider.Open(provider.Parse($"gs://{GoogleStorage.Bucket}"));
    }

    private void Write(params string[] keys)
    {
        foreach (var key in keys)
            _storage.Write(key, Encoding.UTF8.GetBytes(key));
    }
}
