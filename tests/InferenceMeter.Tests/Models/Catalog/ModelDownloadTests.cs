using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Models.Catalog;

/// <summary>A server that drops connections, lies about lengths and sends other bytes than it should.</summary>
public sealed class ModelDownloadTests : IDisposable
{
    private static readonly DownloadPatience Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(5),
        MaxDelay = TimeSpan.FromMilliseconds(20),
        Silence = TimeSpan.FromSeconds(10),
    };

    private readonly TemporaryDirectory _folder = new();
    private readonly HttpClient _http = new();
    private readonly List<string> _told = [];
    private readonly byte[] _right = Bytes(300_000, seed: 1);

    private string Path => _folder.File("model.onnx");

    private string Sha256 => Convert.ToHexStringLower(SHA256.HashData(_right));

    private string Part => $"{Path}.{Sha256[..12]}.part";

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_fetched_once_and_a_right_file_is_left_alone()
    {
        await using var server = new LocalServer((context, _) => Send(context, _right));
        var progress = new List<(long Done, long? All)>();

        await FetchAsync(server, progress: (done, all) => progress.Add((done, all)));
        await FetchAsync(server);

        AssertRight();
        Assert.Equal(1, server.Requests);
        Assert.Equal((_right.Length, (long?)_right.Length), progress[^1]);
        Assert.Equal(progress.Order(), progress);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_gone_on_with_where_it_broke()
    {
        await using var server = new LocalServer(
            async (context, number) =>
            {
                var from = From(context);
                await Send(context, _right, from, number < 4 ? (int)from + 70_000 : _right.Length, abort: number < 4);
            }
        );

        await FetchAsync(server);

        AssertRight();
        Assert.Equal(4, server.Requests);
        Assert.Equal(3, _told.Count);
        Assert.All(_told, told => Assert.Matches("again in [0-9]+ s \\([0-9] of 8\\)", told));
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_gone_on_with()
    {
        await File.WriteAllBytesAsync(Part, _right[..100_000]);
        var ranges = new List<string?>();
        await using var server = new LocalServer(
            (context, _) =>
            {
                ranges.Add(context.Request.Headers["Range"]);
                return Send(context, _right, From(context));
            }
        );

        await FetchAsync(server);

        AssertRight();
        Assert.Equal(["bytes=100000-"], ranges);
    }

    [Fact]
    public async Task Of_another_file_it_begins_anew_once()
    {
        await File.WriteAllBytesAsync(Part, Bytes(100_000, seed: 2));
        await using var server = new LocalServer((context, _) => Send(context, _right, From(context)));

        await FetchAsync(server);

        AssertRight();
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_all_of_it_again()
    {
        await File.WriteAllBytesAsync(Part, _right[..100_000]);
        await using var server = new LocalServer((context, _) => Send(context, _right));

        await FetchAsync(server);

        AssertRight();
    }

    [Fact]
    public async Task A_part_that_is_whole_already_is_checked_and_taken()
    {
        await File.WriteAllBytesAsync(Part, _right);
        await using var server = new LocalServer(
            (context, _) =>
            {
                context.Response.StatusCode = 416;
                context.Response.AddHeader("Content-Range", $"bytes */{_right.Length}");
                return Task.CompletedTask;
            }
        );

        await FetchAsync(server);

        AssertRight();
    }

    [Fact]
    public async Task Other_bytes_are_never_given_the_models_name()
    {
        await using var server = new LocalServer((context, _) => Send(context, Bytes(300_000, seed: 3)));

        var failed = await Assert.ThrowsAsync<ModelException>(() => FetchAsync(server));

        Assert.Contains("it is another file, and was deleted", failed.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public async Task A_length_that_is_a_lie_is_a_broken_connection()
    {
        // Promises twice what it has, and closes.
        await using var server = new LocalServer(
            (context, number) =>
                number == 1
                    ? Send(context, [.. _right, .. _right], to: _right.Length, abort: true)
                    : Send(context, _right, From(context))
        );

        await FetchAsync(server);

        AssertRight();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task A_refusal_is_final(int status)
    {
        await using var server = new LocalServer((context, _) => LocalServer.TextAsync(context, "", status));

        var failed = await Assert.ThrowsAsync<ModelException>(() => FetchAsync(server));

        Assert.Contains($"the server answered {status}", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_server_in_trouble_is_asked_again_and_given_up_at_last()
    {
        await using var server = new LocalServer(
            (context, number) =>
                number < 3 ? LocalServer.TextAsync(context, "", 503, ("Retry-After", "3600")) : Send(context, _right)
        );
        await FetchAsync(server);
        AssertRight();

        File.Delete(Path);
        await using var down = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 503));
        var failed = await Assert.ThrowsAsync<ModelException>(() => FetchAsync(down));

        Assert.Contains("cannot be fetched: the server answered 503", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1 + Quick.Retries, down.Requests);
    }

    [Fact]
    public async Task Silence_is_a_broken_connection()
    {
        LocalServer? self = null;
        await using var server = self = new LocalServer(
            (context, number) => number == 1 ? self!.Stopped : Send(context, _right)
        );

        await FetchAsync(server, Quick with { Silence = TimeSpan.FromMilliseconds(300) });

        AssertRight();
        Assert.Contains("nothing came for 0.3 s", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interruption_keeps_what_came()
    {
        using var stop = new CancellationTokenSource();
        LocalServer? self = null;
        await using var server = self = new LocalServer(
            async (context, _) =>
            {
                context.Response.ContentLength64 = _right.Length;
                await context.Response.OutputStream.WriteAsync(_right.AsMemory(0, 150_000));
                await context.Response.OutputStream.FlushAsync();
                await self!.Stopped;
            }
        );

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            FetchAsync(
                server,
                cancellation: stop.Token,
                progress: (done, _) =>
                {
                    if (done >= 150_000)
                        stop.Cancel();
                }
            )
        );

        Assert.False(File.Exists(Path));
        Assert.Equal(_right[..150_000], await File.ReadAllBytesAsync(Part));
    }

    [Fact]
    public void The_catalogues_hashes_are_hashes_and_its_sources_public()
    {
        Assert.NotEmpty(ModelCatalog.Default.Models);
        Assert.Equal(
            ModelCatalog.Default.Models.Count,
            ModelCatalog.Default.Models.Select(model => model.Name).Distinct(StringComparer.Ordinal).Count()
        );
        Assert.All(
            ModelCatalog.Default.Models,
            model =>
            {
                Assert.All([model.Url, model.Source], address => Assert.Equal("https", address.Scheme));
                if (model.Sha256 is { } hash)
                    Assert.Matches("^[0-9a-f]{64}$", hash);
                Assert.InRange(model.Top1!.Value, 70, 80);
            }
        );
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static long From(HttpListenerContext context) =>
        context.Request.Headers["Range"] is { } range
            ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
            : 0;

    private static async Task Send(
        HttpListenerContext context,
        byte[] bytes,
        long from = 0,
        int? to = null,
        bool abort = false
    )
    {
        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.AddHeader("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        }

        context.Response.ContentLength64 = bytes.Length - from;
        await context.Response.OutputStream.WriteAsync(bytes.AsMemory((int)from, (to ?? bytes.Length) - (int)from));
        await context.Response.OutputStream.FlushAsync();
        if (abort)
            context.Response.Abort();
    }

    private Task FetchAsync(
        LocalServer server,
        DownloadPatience? patience = null,
        Action<long, long?>? progress = null,
        CancellationToken cancellation = default
    ) =>
        new ModelDownload(_http, patience ?? Quick, TimeProvider.System, _told.Add).FetchAsync(
            new Uri(server.Address, "model.onnx"),
            Path,
            Sha256,
            progress ?? ((_, _) => { }),
            cancellation
        );

    private void AssertRight()
    {
        Assert.Equal(_right, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.GetFiles(_folder.Root));
    }
}
