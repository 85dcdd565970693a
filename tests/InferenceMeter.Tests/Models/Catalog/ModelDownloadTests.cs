using System.Security.Cryptography;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Models.Catalog;

/// <summary>A server that drops connections, lies about lengths and sends other bytes than it should.</summary>
public sealed class ModelDownloadTests : DownloadTests
{
    [Fact]
    public async Task It_is_fetched_once_and_aRight_file_is_left_alone()
    {
        await using var server = new LocalServer((context, _) => Send(context, Right));
        var progress = new List<(long Done, long? All)>();

        await FetchAsync(server, progress: (done, all) => progress.Add((done, all)));
        await FetchAsync(server);

        AssertRight();
        Assert.Equal(1, server.Requests);
        Assert.Equal((Right.Length, (long?)Right.Length), progress[^1]);
        Assert.Equal(progress.Order(), progress);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_gone_on_with_where_it_broke()
    {
        await using var server = new LocalServer(
            async (context, number) =>
            {
                var from = From(context);
                await Send(context, Right, from, number < 4 ? (int)from + 70_000 : Right.Length, abort: number < 4);
            }
        );

        await FetchAsync(server);

        AssertRight();
        Assert.Equal(4, server.Requests);
        Assert.Equal(3, Told.Count);
        Assert.All(Told, told => Assert.Matches("again in [0-9]+ s \\([0-9] of 8\\)", told));
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_gone_on_with()
    {
        await File.WriteAllBytesAsync(Part, Right[..100_000]);
        var ranges = new List<string?>();
        await using var server = new LocalServer(
            (context, _) =>
            {
                ranges.Add(context.Request.Headers["Range"]);
                return Send(context, Right, From(context));
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
        await using var server = new LocalServer((context, _) => Send(context, Right, From(context)));

        await FetchAsync(server);

        AssertRight();
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_all_of_it_again()
    {
        await File.WriteAllBytesAsync(Part, Right[..100_000]);
        await using var server = new LocalServer((context, _) => Send(context, Right));

        await FetchAsync(server);

        AssertRight();
    }

    [Fact]
    public async Task A_part_that_is_whole_already_is_checked_and_taken()
    {
        await File.WriteAllBytesAsync(Part, Right);
        await using var server = new LocalServer(
            (context, _) =>
            {
                context.Response.StatusCode = 416;
                context.Response.AddHeader("Content-Range", $"bytes */{Right.Length}");
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
        Assert.Empty(Directory.GetFiles(Folder.Root));
    }

    [Fact]
    public async Task A_length_that_is_a_lie_is_a_broken_connection()
    {
        // Promises twice what it has, and closes.
        await using var server = new LocalServer(
            (context, number) =>
                number == 1
                    ? Send(context, [.. Right, .. Right], to: Right.Length, abort: true)
                    : Send(context, Right, From(context))
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
                number < 3 ? LocalServer.TextAsync(context, "", 503, ("Retry-After", "3600")) : Send(context, Right)
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
            (context, number) => number == 1 ? self!.Stopped : Send(context, Right)
        );

        // So long that the second try is not taken for silence on a busy machine.
        await FetchAsync(server, Quick with { Silence = TimeSpan.FromSeconds(5) });

        AssertRight();
        Assert.Contains("nothing came for 5 s", Assert.Single(Told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interruption_keeps_what_came()
    {
        using var stop = new CancellationTokenSource();
        LocalServer? self = null;
        await using var server = self = new LocalServer(
            async (context, _) =>
            {
                context.Response.ContentLength64 = Right.Length;
                await context.Response.OutputStream.WriteAsync(Right.AsMemory(0, 150_000));
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
        Assert.Equal(Right[..150_000], await File.ReadAllBytesAsync(Part));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_only_an_md5_is_published_it_is_checked(bool isRight)
    {
        await using var server = new LocalServer(
            (context, _) => Send(context, isRight ? Right : Bytes(300_000, seed: 3))
        );
        var expected = new ExpectedContent
        {
            Md5 = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, Right)),
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
        await File.WriteAllBytesAsync($"{Path}.new.part", Right[..100_000]);
        var model = new TinyModel().Build().ToByteArray();
        await using var bytes = new LocalServer((context, _) => Send(context, Right));
        await using var good = new LocalServer((context, _) => Send(context, model));

        await FetchAsync([bytes, good], new ExpectedContent());

        Assert.Equal(model, await File.ReadAllBytesAsync(Path));
        Assert.Contains("it is no ONNX model", Assert.Single(Told), StringComparison.Ordinal);
        Assert.Equal([Path], Directory.GetFiles(Folder.Root));
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
                await Send(context, Right);
            }
        );
        var first = FetchAsync(server);
        await asked.Task;
        var waits = new TaskCompletionSource();
        var second = new ModelDownload(
            Http,
            Quick,
            TimeProvider.System,
            told => waits.TrySetResult(),
            new DownloadRemedies()
        ).FetchAsync(
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
}
