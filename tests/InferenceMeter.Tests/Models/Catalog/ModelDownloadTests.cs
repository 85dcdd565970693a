using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Models.Catalog;

/// <summary>A server that drops connections, lies about lengths and sends other bytes than it should.</summary>
public sealed class ModelDownloadTests : IDisposable
{
    private static readonly DownloadRetryOptions Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(5),
        MaxDelay = TimeSpan.FromMilliseconds(20),
        Silence = TimeSpan.FromSeconds(10),
        BusyDelay = TimeSpan.FromMilliseconds(5),
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

        Assert.Contains("model.onnx cannot be downloaded: ", failed.Message, StringComparison.Ordinal);
        Assert.Contains("the server answered 503", failed.Message, StringComparison.Ordinal);
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
    public async Task Mirrors_are_tried_in_order_and_a_refusal_is_told_in_a_line()
    {
        await using var gone = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 404));
        await using var good = new LocalServer((context, _) => Send(context, _right));
        await using var unused = new LocalServer((context, _) => Send(context, _right));

        await FetchAsync([gone, good, unused]);

        AssertRight();
        Assert.Equal((1, 1, 0), (gone.Requests, good.Requests, unused.Requests));
        Assert.Equal([$"{Url(gone)}: the server answered 404 NotFound; trying {Url(good)}"], _told);
    }

    [Fact]
    public async Task A_mirror_in_trouble_is_retried_before_the_next_one_is_tried()
    {
        await using var down = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 503));
        await using var good = new LocalServer((context, _) => Send(context, _right));

        await FetchAsync([down, good]);

        AssertRight();
        Assert.Equal(1 + Quick.RetriesBeforeNextMirror, down.Requests);
        Assert.Equal(1, good.Requests);
    }

    [Fact]
    public async Task A_mirror_with_another_file_is_passed_over()
    {
        await using var other = new LocalServer((context, _) => Send(context, Bytes(300_000, seed: 3)));
        await using var good = new LocalServer((context, _) => Send(context, _right, From(context)));

        await FetchAsync([other, good]);

        AssertRight();
        Assert.Contains("its SHA-256 is ", Assert.Single(_told), StringComparison.Ordinal);
        Assert.Equal(1, other.Requests);
    }

    [Theory]
    [InlineData(
        "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 300000\n",
        "text/plain",
        "a Git LFS pointer"
    )]
    [InlineData("<!DOCTYPE html><title>Log in</title>", "application/octet-stream", "a web page")]
    [InlineData("Sorry, this page has moved", "text/html", "a web page")]
    public async Task What_is_no_model_costs_nothing_of_what_is_here(string answer, string type, string expected)
    {
        await File.WriteAllBytesAsync(Part, _right[..100_000]);
        await using var wrong = new LocalServer(
            (context, _) =>
            {
                context.Response.ContentType = type;
                return LocalServer.TextAsync(context, answer);
            }
        );
        var ranges = new List<string?>();
        await using var good = new LocalServer(
            (context, _) =>
            {
                ranges.Add(context.Request.Headers["Range"]);
                return Send(context, _right, From(context));
            }
        );

        await FetchAsync([wrong, good]);

        AssertRight();
        Assert.Contains(expected, Assert.Single(_told), StringComparison.Ordinal);
        Assert.Equal(["bytes=100000-"], ranges);
    }

    [Fact]
    public async Task A_file_of_another_size_is_not_downloaded_at_all()
    {
        await using var other = new LocalServer((context, _) => Send(context, Bytes(1000, seed: 3)));
        await using var good = new LocalServer((context, _) => Send(context, _right));

        await FetchAsync([other, good], new ExpectedContent { Sha256 = Sha256, Bytes = _right.Length });

        AssertRight();
        Assert.Contains(
            "it offers 1,000 bytes, and the file has 300,000",
            Assert.Single(_told),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_one_mirror_began_another_one_finishes()
    {
        await using var breaking = new LocalServer(
            (context, number) =>
                Send(context, _right, From(context), (int)From(context) + (number == 1 ? 100_000 : 1), abort: true)
        );
        var ranges = new List<string?>();
        await using var good = new LocalServer(
            (context, _) =>
            {
                ranges.Add(context.Request.Headers["Range"]);
                return Send(context, _right, From(context));
            }
        );

        await FetchAsync([breaking, good]);

        AssertRight();
        Assert.Equal([$"bytes={100_000 + Quick.RetriesBeforeNextMirror}-"], ranges);
    }

    [Fact]
    public async Task A_rest_of_another_file_than_was_begun_is_found_by_the_hash_of_the_whole()
    {
        var other = Bytes(300_000, seed: 4);
        await using var wrong = new LocalServer(
            (context, number) =>
                number == 1 ? Send(context, other, to: 100_000, abort: true) : LocalServer.TextAsync(context, "", 404)
        );
        await using var good = new LocalServer((context, _) => Send(context, _right, From(context)));

        await FetchAsync([wrong, good]);

        AssertRight();
        Assert.Equal(2, good.Requests);
    }

    [Fact]
    public async Task When_no_mirror_has_it_each_reason_is_told()
    {
        await using var gone = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 404));
        await using var other = new LocalServer((context, _) => Send(context, Bytes(300_000, seed: 3)));
        await using var forbidden = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 403));

        var failed = await Assert.ThrowsAsync<ModelException>(() => FetchAsync([gone, other, forbidden]));

        foreach (
            var (server, reason) in new[]
            {
                (gone, "404 NotFound"),
                (other, "its SHA-256 is"),
                (forbidden, "403 Forbidden"),
            }
        )
            Assert.Matches(
                $"{System.Text.RegularExpressions.Regex.Escape(Url(server).AbsoluteUri)}: [^;]*{reason}",
                failed.Message
            );
        Assert.Single(failed.Message.Split('\n'));
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public async Task Without_a_network_it_is_soon_given_up()
    {
        Uri nobody;
        await using (var server = new LocalServer(""))
            nobody = new Uri(server.Address, "model.onnx");

        var failed = await Assert.ThrowsAsync<ModelException>(() =>
            Download()
                .FetchAsync(
                    [nobody, nobody],
                    Path,
                    new ExpectedContent { Sha256 = Sha256 },
                    (_, _) => { },
                    CancellationToken.None
                )
        );

        Assert.Contains(
            $"put the file at {Path} yourself, or name a mirror with --catalog FILE",
            failed.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(2, _told.Count(told => told.Contains("(1 of 1)", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_only_an_md5_is_published_it_is_checked(bool isRight)
    {
        await using var server = new LocalServer(
            (context, _) => Send(context, isRight ? _right : Bytes(300_000, seed: 3))
        );
        var expected = new ExpectedContent
        {
            Md5 = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, _right)),
        };

        var failed = await Record.ExceptionAsync(() => FetchAsync([server], expected));

        if (isRight)
            AssertRight();
        else
            Assert.Contains("its MD5 is ", Assert.IsType<ModelException>(failed).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_hash_nothing_is_continued_and_only_a_model_is_taken()
    {
        await File.WriteAllBytesAsync($"{Path}.new.part", _right[..100_000]);
        var model = new TinyModel().Build().ToByteArray();
        await using var bytes = new LocalServer((context, _) => Send(context, _right));
        await using var good = new LocalServer((context, _) => Send(context, model));

        await FetchAsync([bytes, good], new ExpectedContent());

        Assert.Equal(model, await File.ReadAllBytesAsync(Path));
        Assert.Contains("it is no ONNX model", Assert.Single(_told), StringComparison.Ordinal);
        Assert.Equal([Path], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public async Task Two_processes_at_once_download_it_once()
    {
        LocalServer? self = null;
        var asked = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var server = self = new LocalServer(
            async (context, _) =>
            {
                asked.TrySetResult();
                await Task.WhenAny(go.Task, self!.Stopped);
                await Send(context, _right);
            }
        );
        var first = FetchAsync(server);
        await asked.Task;
        var waits = new TaskCompletionSource();
        var second = new ModelDownload(_http, Quick, TimeProvider.System, told => waits.TrySetResult()).FetchAsync(
            [Url(server)],
            Path,
            new ExpectedContent { Sha256 = Sha256 },
            (_, _) => { },
            CancellationToken.None
        );
        await waits.Task;

        go.SetResult();
        await first;

        Assert.Equal(Sha256, await second);
        AssertRight();
        Assert.Equal(1, server.Requests);
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

    private static Uri Url(LocalServer server) => new(server.Address, "model.onnx");

    private ModelDownload Download(DownloadRetryOptions? options = null) =>
        new(_http, options ?? Quick, TimeProvider.System, _told.Add);

    private Task<string> FetchAsync(
        LocalServer server,
        DownloadRetryOptions? options = null,
        Action<long, long?>? progress = null,
        CancellationToken cancellation = default
    ) =>
        Download(options)
            .FetchAsync(
                [Url(server)],
                Path,
                new ExpectedContent { Sha256 = Sha256 },
                progress ?? ((_, _) => { }),
                cancellation
            );

    private Task<string> FetchAsync(LocalServer[] mirrors, ExpectedContent? expected = null) =>
        Download()
            .FetchAsync(
                [.. mirrors.Select(Url)],
                Path,
                expected ?? new ExpectedContent { Sha256 = Sha256 },
                (_, _) => { },
                CancellationToken.None
            );

    private void AssertRight()
    {
        Assert.Equal(_right, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.GetFiles(_folder.Root));
    }
}
