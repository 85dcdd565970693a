using System.Net;
using System.Text;
using InferenceMeter.Images;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Tests.Images.Stores.S3;

/// <summary>The program's own way to a store of S3's protocol: by the environment.</summary>
[Collection(StoreEnvironment.Collection)]
public sealed class S3rverTests : IAsyncLifetime, IDisposable
{
    private Emulator? _emulator;
    private StoreEnvironment? _environment;
    private HttpClient? _client;

    public async Task InitializeAsync()
    {
        if (Emulator.Missing is not null)
            return;
        _emulator = await Emulator.StartS3Async();
        _environment = new StoreEnvironment(
            ("AWS_ENDPOINT_URL", _emulator.Address.AbsoluteUri),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "S3RVER"),
            ("AWS_SECRET_ACCESS_KEY", "S3RVER")
        );
        _client = new HttpClient { BaseAddress = _emulator.Address };
        await PutAsync("photos", []);
    }

    public async Task DisposeAsync()
    {
        if (_emulator is not null)
            await _emulator.DisposeAsync();
    }

    public void Dispose()
    {
        _environment?.Dispose();
        _client?.Dispose();
    }

    [EmulatorTheory]
    [InlineData("s3://photos", "1.jpg a/2.jpg a/3.png b c.jpg ü.jpg")]
    [InlineData("s3://photos/a", "a/2.jpg a/3.png")]
    [InlineData("s3://photos/a/2.jpg", "a/2.jpg")]
    [InlineData("s3://photos/ü.jpg", "ü.jpg")]
    [InlineData("s3://photos/b", "b c.jpg")]
    public async Task Objects_are_read_by_their_prefix(string address, string contents)
    {
        foreach (var key in new[] { "1.jpg", "a/2.jpg", "a/3.png", "b c.jpg", "ü.jpg", "a/notes.txt" })
            await PutAsync($"photos/{Uri.EscapeDataString(key).Replace("%2F", "/")}", Encoding.UTF8.GetBytes(key));

        Assert.Equal(contents, string.Join(' ', (await StoreSources.ReadAsync(address)).Order(StringComparer.Ordinal)));
    }

    [EmulatorTheory]
    [InlineData("s3://photos/none", "s3://photos/none has no image and no archive")]
    [InlineData("s3://nothing", "s3://nothing cannot be listed: 404 NoSuchBucket: ")]
    public async Task What_is_not_there_is_told_in_one_line(string address, string expected)
    {
        var refused = await Assert.ThrowsAsync<ImageSourceException>(() => StoreSources.OpenAsync(address));

        Assert.StartsWith(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [EmulatorFact]
    public async Task Wrong_keys_are_refused_with_the_stores_own_reason()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "WRONG");

        var refused = await Assert.ThrowsAsync<ImageSourceException>(() => StoreSources.OpenAsync("s3://photos"));

        Assert.StartsWith(
            "s3://photos cannot be listed: 403 InvalidAccessKeyId: ",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [EmulatorFact]
    public async Task An_object_is_read_here_and_there()
    {
        var content = Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7 >> 3)).ToArray();
        await PutAsync("photos/a.zip", content);
        using var buckets = new Buckets(TimeProvider.System);
        var item = buckets.Find("s3://photos/a.zip");

        await using var stream = await item.Store.OpenSeekableAsync(item, CancellationToken.None);
        var read = new byte[1000];
        foreach (var at in new[] { 999_000, 0, 1000, 500_000, 400_000 })
        {
            stream.Position = at;
            await stream.ReadExactlyAsync(read);
            Assert.Equal(content.AsSpan(at, 1000).ToArray(), read);
        }

        Assert.Equal(content.Length, stream.Length);
    }

    [EmulatorFact]
    public async Task More_objects_than_a_page_has_are_all_read()
    {
        const int images = 1100;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, images),
            async (i, _) => await PutAsync($"photos/many/{i:0000}.jpg", Encoding.ASCII.GetBytes($"{i}"))
        );

        using var source = await StoreSources.OpenAsync("s3://photos/many", options: new ReadingOptions());
        var read = StoreSources.Contents(source);

        Assert.Equal(Enumerable.Range(0, images).Select(i => $"{i}").Order(), read.Order());
        // A look for the object, one for the folder, one for an image, and two pages.
        Assert.Equal((5, images, 0), (source.Traffic[0].Lists, source.Traffic[0].Gets, source.Traffic[0].Retries));
    }

    private async Task PutAsync(string path, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var answer = await _client!.PutAsync(new Uri(path, UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
