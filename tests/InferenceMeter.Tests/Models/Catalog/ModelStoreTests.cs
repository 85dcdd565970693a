using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Models.Catalog;

/// <summary>A model of the catalogue on this machine: found, downloaded, remembered, and checked.</summary>
public sealed class ModelStoreTests : IAsyncDisposable
{
    private static readonly DownloadRetryOptions Quick = new() { FirstDelay = TimeSpan.FromMilliseconds(5) };

    private readonly TemporaryDirectory _folder = new();
    private readonly HttpClient _http = new();
    private readonly List<string> _told = [];
    private readonly LocalServer _server;
    private byte[] _content = new TinyModel().Build().ToByteArray();

    public ModelStoreTests() =>
        _server = new LocalServer(async (context, _) => await context.Response.OutputStream.WriteAsync(_content));

    private string Path => _folder.File("mine.onnx");

    private string Record => Path + ".sha256";

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_published_hash_is_what_counts_and_a_right_file_is_not_asked_for_again()
    {
        var model = Model(Sha256(_content));

        await EnsureAsync(model);
        await EnsureAsync(model);

        Assert.Equal(_content, await File.ReadAllBytesAsync(Path));
        Assert.Equal(1, _server.Requests);
        Assert.Equal("""{ "resize": 20 }""" + "\n", await File.ReadAllTextAsync(Path + ".json"));
        Assert.False(File.Exists(Record));
    }

    [Fact]
    public async Task A_damaged_file_of_a_published_hash_is_downloaded_again()
    {
        var model = Model(Sha256(_content));
        await EnsureAsync(model);
        await File.WriteAllBytesAsync(Path, _content[..100]);

        await EnsureAsync(model);

        Assert.Equal(_content, await File.ReadAllBytesAsync(Path));
        Assert.Contains("it is downloaded again", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_published_hash_the_first_one_is_recorded()
    {
        await EnsureAsync(Model());
        await EnsureAsync(Model());

        Assert.Equal($"{Sha256(_content)}  mine.onnx\n", await File.ReadAllTextAsync(Record));
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task A_file_that_was_there_before_its_record_is_recorded_too()
    {
        await File.WriteAllBytesAsync(Path, _content);

        await EnsureAsync(Model());

        Assert.Equal(0, _server.Requests);
        Assert.StartsWith(Sha256(_content), await File.ReadAllTextAsync(Record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_changed_since_its_hash_was_recorded_is_refused()
    {
        await EnsureAsync(Model());
        await File.AppendAllTextAsync(Path, "!");
        var changed = Sha256([.. _content, (byte)'!']);

        var refused = await Assert.ThrowsAsync<ModelException>(() => EnsureAsync(Model()));

        foreach (
            var said in new[]
            {
                $"its SHA-256 is {changed}, not {Sha256(_content)}",
                Record,
                "delete it to have it downloaded again",
            }
        )
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Single(refused.Message.Split('\n'));
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task A_publisher_that_sends_another_file_later_is_refused()
    {
        await EnsureAsync(Model());
        var first = Sha256(_content);
        File.Delete(Path);
        _content = new TinyModel { Softmax = true }
            .Build()
            .ToByteArray();

        var refused = await Assert.ThrowsAsync<ModelException>(() => EnsureAsync(Model()));

        Assert.Contains($"its SHA-256 is {Sha256(_content)}, not {first}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"delete that file if the new one is right", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path));

        File.Delete(Record);
        await EnsureAsync(Model());
        Assert.Equal(_content, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task A_published_MD5_is_checked_before_anything_is_recorded()
    {
        var refused = await Assert.ThrowsAsync<ModelException>(() =>
            EnsureAsync(Model() with { Md5 = new string('0', 32) })
        );
        Assert.Contains("its MD5 is", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Root));

        await EnsureAsync(
            Model() with
            {
                Md5 = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, _content)),
            }
        );
        Assert.StartsWith(Sha256(_content), await File.ReadAllTextAsync(Record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_user_vouches_for_comes_before_the_record()
    {
        await EnsureAsync(Model());
        _content = new TinyModel { Softmax = true }
            .Build()
            .ToByteArray();

        await EnsureAsync(Model(), Sha256(_content));
        await EnsureAsync(Model());

        Assert.Equal(_content, await File.ReadAllBytesAsync(Path));
        Assert.StartsWith(Sha256(_content), await File.ReadAllTextAsync(Record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_is_none_is_one_line()
    {
        await File.WriteAllTextAsync(Record, "hello\n");

        var refused = await Assert.ThrowsAsync<ModelException>(() => EnsureAsync(Model()));

        Assert.Contains($"{Record}: does not begin with a SHA-256", refused.Message, StringComparison.Ordinal);
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private CatalogModel Model(string? sha256 = null) =>
        new()
        {
            Name = "mine",
            About = "ours",
            Urls = [new Uri(_server.Address, "mine.onnx")],
            Sha256 = sha256,
            Licence = "MIT",
            Precision = "fp32",
            Source = new Uri("https://example.com/"),
            Sidecar = JsonElement.Parse("""{ "resize": 20 }"""),
        };

    private async Task EnsureAsync(CatalogModel model, string? sha256 = null)
    {
        var download = new ModelDownload(_http, Quick, TimeProvider.System, _told.Add, new DownloadRemedies());
        var store = new ModelStore(download, _told.Add);
        if (await store.FindAsync(model, Path, sha256, CancellationToken.None) is not null)
            return;
        await store.DownloadAsync(model, Path, mirrors: null, sha256, (_, _) => { }, CancellationToken.None);
    }
}
