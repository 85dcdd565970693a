using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.Tests.Models.Catalog;

/// <summary>Several mirrors of one file, some of which are gone, in trouble or have another file.</summary>
public sealed class ModelMirrorTests : DownloadTests
{
    [Fact]
    public async Task Mirrors_are_tried_in_order_and_a_refusal_isTold_in_a_line()
    {
        await using var gone = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 404));
        await using var good = new LocalServer((context, _) => Send(context, Right));
        await using var unused = new LocalServer((context, _) => Send(context, Right));

        await FetchAsync([gone, good, unused]);

        AssertRight();
        Assert.Equal((1, 1, 0), (gone.Requests, good.Requests, unused.Requests));
        Assert.Equal([$"{Url(gone)}: the server answered 404 NotFound; trying {Url(good)}"], Told);
    }

    [Fact]
    public async Task A_mirror_in_trouble_is_retried_before_the_next_one_is_tried()
    {
        await using var down = new LocalServer((context, _) => LocalServer.TextAsync(context, "", 503));
        await using var good = new LocalServer((context, _) => Send(context, Right));

        await FetchAsync([down, good]);

        AssertRight();
        Assert.Equal(1 + Quick.RetriesBeforeNextMirror, down.Requests);
        Assert.Equal(1, good.Requests);
    }

    [Fact]
    public async Task A_mirror_with_another_file_is_passed_over()
    {
        await using var other = new LocalServer((context, _) => Send(context, Bytes(300_000, seed: 3)));
        await using var good = new LocalServer((context, _) => Send(context, Right, From(context)));

        await FetchAsync([other, good]);

        AssertRight();
        Assert.Contains("its SHA-256 is ", Assert.Single(Told), StringComparison.Ordinal);
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
        await File.WriteAllBytesAsync(Part, Right[..100_000]);
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
                return Send(context, Right, From(context));
            }
        );

        await FetchAsync([wrong, good]);

        AssertRight();
        Assert.Contains(expected, Assert.Single(Told), StringComparison.Ordinal);
        Assert.Equal(["bytes=100000-"], ranges);
    }

    [Fact]
    public async Task A_file_of_another_size_is_not_downloaded_at_all()
    {
        await using var other = new LocalServer((context, _) => Send(context, Bytes(1000, seed: 3)));
        await using var good = new LocalServer((context, _) => Send(context, Right));

        await FetchAsync([other, good], new ExpectedContent { Sha256 = Sha256, Bytes = Right.Length });

        AssertRight();
        Assert.Contains(
            "it offers 1,000 bytes, and the file has 300,000",
            Assert.Single(Told),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_one_mirror_began_another_one_finishes()
    {
        await using var breaking = new LocalServer(
            (context, number) =>
                Send(context, Right, From(context), (int)From(context) + (number == 1 ? 100_000 : 1), abort: true)
        );
        var ranges = new List<string?>();
        await using var good = new LocalServer(
            (context, _) =>
            {
                ranges.Add(context.Request.Headers["Range"]);
                return Send(context, Right, From(context));
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
        await using var good = new LocalServer((context, _) => Send(context, Right, From(context)));

        await FetchAsync([wrong, good]);

        AssertRight();
        Assert.Equal(2, good.Requests);
    }

    [Fact]
    public async Task When_no_mirror_has_it_each_reason_isTold()
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
        Assert.Empty(Directory.GetFiles(Folder.Root));
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
            $"put the file at {Path} yourself, or name a mirror in a catalogue of your own",
            failed.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(2, Told.Count(told => told.Contains("(1 of 1)", StringComparison.Ordinal)));
    }
}
