using System.Formats.Tar;
using System.Text;
using InferenceMeter.Images;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>Images of a bucket, over HTTP, with everything that goes wrong there.</summary>
public sealed class BucketImagesTests : IAsyncLifetime
{
    private readonly FakeS3 _s3 = new() { PageSize = 10 };
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _s3.DisposeAsync();

    [Theory]
    [InlineData("s3://photos", 25)]
    [InlineData("s3://photos/", 25)]
    [InlineData("s3://photos/a", 23)]
    [InlineData("s3://photos/a/", 23)]
    [InlineData("s3://photos/a/1", 10)]
    [InlineData("s3://photos/a/07.jpg", 1)]
    [InlineData("s3://photos/ab", 1)]
    public async Task A_prefix_is_a_folder_where_there_is_one_else_the_beginning_of_names(string address, int images)
    {
        PutImages(23);
        _s3.Put("ab/1.jpg", [1]);
        _s3.Put("c.png", [1]);
        _s3.Put("a/.hidden.jpg", [1]);
        _s3.Put("a/notes.txt", [1]);
        _s3.Put("a/folder/", []);

        var read = await ReadAsync(address);

        Assert.Equal(images, read.Count);
        Assert.All(read, image => Assert.Equal(ImageFailure.None, image.Failure));
        Assert.Equal(images, read.Select(image => image.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Each_image_has_its_bytes_and_its_address()
    {
        PutImages(23);

        var read = await ReadAsync("s3://photos/a");

        Assert.Equal(
            Enumerable.Range(0, 23).Select(i => ($"s3://photos/a/{i:00}.jpg", Text(i))),
            read.Select(image => (image.Name, image.Content)).OrderBy(image => image.Name, StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("a b#1?%20.jpg")]
    [InlineData("ü/日本.jpg")]
    [InlineData("a+b&c=d.jpg")]
    [InlineData("a//b.jpg")]
    [InlineData("<x> 'y' \"z\".jpg")]
    public async Task Keys_may_have_any_character(string key)
    {
        _s3.Put($"k/{key}", [1, 2, 3]);

        var read = Assert.Single(await ReadAsync("s3://photos/k"));

        Assert.Equal(($"s3://photos/k/{key}", ImageFailure.None), (read.Name, read.Failure));
    }

    [Theory]
    [InlineData("s3://photos/none", "s3://photos/none has no image and no archive; give the prefix of some")]
    [InlineData(
        "s3://photos/text",
        "s3://photos/text/ has no image and no archive (passed over in s3://photos/text/: "
    )]
    [InlineData("s3://", "s3:// names no bucket; addresses are s3://bucket/prefix")]
    public async Task Where_there_are_no_images_a_line_says_so(string address, string expected)
    {
        _s3.Put("text/a.txt", [1]);

        var refused = await Assert.ThrowsAsync<ImageSourceException>(() => OpenAsync(address));

        Assert.StartsWith(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket")]
    [InlineData(403, "AccessDenied")]
    [InlineData(403, "InvalidAccessKeyId")]
    [InlineData(301, "PermanentRedirect")]
    public async Task A_bucket_that_cannot_be_listed_is_refused_with_the_stores_own_reason(int status, string code)
    {
        PutImages(1);
        _s3.Fault = _ => S3Fault.Error(status, code);

        var refused = await Assert.ThrowsAsync<ImageSourceException>(() => OpenAsync("s3://photos/a"));

        Assert.StartsWith(
            $"s3://photos/a cannot be listed: {status} {code}: ",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal(1, _s3.Lists);
    }

    [Fact]
    public async Task A_throttled_store_is_asked_again_later_and_the_tries_are_counted()
    {
        PutImages(5);
        var throttled = 0;
        using var source = await OpenAsync("s3://photos/a");
        var before = Assert.Single(source.Traffic);
        _s3.Fault = request => request.Key == "a/02.jpg" && throttled++ < 2 ? S3Fault.Error(503, "SlowDown") : null;

        var read = await DrainAsync(source);

        Assert.Equal(5, read.Count(image => image.Failure == ImageFailure.None));
        var traffic = Assert.Single(source.Traffic);
        Assert.Equal(("s3", 7, 2), (traffic.Source, traffic.Gets, traffic.Retries));
        Assert.Equal(_s3.Lists, traffic.Lists);
        Assert.Equal(Enumerable.Range(0, 5).Sum(i => Text(i).Length), traffic.Bytes - before.Bytes);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_of_an_image_is_made_again()
    {
        PutImages(3);
        var cuts = 0;
        _s3.Fault = request => request.Key == "a/01.jpg" && cuts++ == 0 ? new S3Fault { CutAfter = 2 } : null;

        var read = await ReadAsync("s3://photos/a");

        Assert.Equal(Enumerable.Range(0, 3).Select(Text), read.Select(image => image.Content).Order());
        Assert.Equal(2, cuts);
    }

    [Fact]
    public async Task A_store_that_is_down_for_a_single_image_fails_that_image()
    {
        PutImages(4);
        _s3.Fault = request => request.Key == "a/01.jpg" ? S3Fault.Error(500, "InternalError") : null;

        var read = await ReadAsync("s3://photos/a");

        Assert.Equal(3, read.Count(image => image.Failure == ImageFailure.None));
        Assert.Equal(("s3://photos/a/01.jpg", ImageFailure.Unreadable), Failed(read));
    }

    [Theory]
    [InlineData(403, "AccessDenied", ImageFailure.Forbidden)]
    [InlineData(404, "NoSuchKey", ImageFailure.NotFound)]
    public async Task An_image_that_is_gone_or_forbidden_fails_alone_and_is_not_asked_for_again(
        int status,
        string code,
        ImageFailure reason
    )
    {
        PutImages(4);
        using var source = await OpenAsync("s3://photos/a");
        _s3.Fault = request => request.Key == "a/02.jpg" ? S3Fault.Error(status, code) : null;

        var read = await DrainAsync(source);

        Assert.Equal(3, read.Count(image => image.Failure == ImageFailure.None));
        Assert.Equal(("s3://photos/a/02.jpg", reason), Failed(read));
        Assert.Equal(4, _s3.Gets);
    }

    [Fact]
    public async Task An_image_that_was_deleted_after_it_was_listed_fails_as_not_found()
    {
        PutImages(2);
        using var source = await OpenAsync("s3://photos/a");
        // Listed, and then gone when its turn comes.
        _s3.Fault = request =>
        {
            if (request.Key == "a/01.jpg")
                _s3.Delete("a/01.jpg");
            return null;
        };

        Assert.Equal(("s3://photos/a/01.jpg", ImageFailure.NotFound), Failed(await DrainAsync(source)));
    }

    [Fact]
    public async Task Too_large_an_image_is_not_even_asked_for()
    {
        _s3.Put("a/1.jpg", new byte[100]);
        _s3.Put("a/2.jpg", new byte[101]);

        var read = await ReadAsync("s3://photos/a", new ReadingOptions { MaxEncodedBytes = 100 });

        Assert.Equal(("s3://photos/a/2.jpg", ImageFailure.TooLarge), Failed(read));
        Assert.Equal(1, _s3.Gets);
    }

    [Fact]
    public async Task An_image_that_was_replaced_by_a_larger_one_is_read_as_it_is_now_or_is_too_large()
    {
        _s3.Put("a/1.jpg", new byte[10]);
        _s3.Put("a/2.jpg", new byte[10]);
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { MaxEncodedBytes = 100, Fetchers = 1 });
        var lists = _s3.Lists;
        _s3.Fault = request =>
        {
            if (!request.IsList && _s3.Lists > lists)
            {
                _s3.Put("a/1.jpg", new byte[20]);
                _s3.Put("a/2.jpg", new byte[1000]);
            }

            return null;
        };

        var read = await DrainAsync(source);

        Assert.Equal(20, read.Single(image => image.Failure == ImageFailure.None).Content.Length);
        Assert.Equal(("s3://photos/a/2.jpg", ImageFailure.TooLarge), Failed(read));
    }

    [Theory]
    [InlineData(400, "ExpiredToken", "may not be read any more: 400 ExpiredToken: ")]
    [InlineData(503, "SlowDown", "cannot be read any more: 503 SlowDown: ")]
    [InlineData(404, "NoSuchBucket", "cannot be read any more: 404 NoSuchBucket: ")]
    public async Task A_store_that_is_lost_ends_a_single_pass_and_fails_no_image(
        int status,
        string code,
        string because
    )
    {
        PutImages(40);
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { Fetchers = 2 });
        _s3.Fault = request =>
            request.Key.CompareTo("a/20.jpg") >= 0 || (request.IsList && _s3.Gets > 20)
                ? S3Fault.Error(status, code)
                : null;

        var read = new List<Read>();
        var loss = await Assert.ThrowsAsync<ImageSourceException>(() => DrainAsync(source, read));

        Assert.True(loss.WasLost);
        Assert.StartsWith($"s3://photos/a/ {because}", loss.Message, StringComparison.Ordinal);
        Assert.EndsWith("go on from there by resuming", loss.Message, StringComparison.Ordinal);
        Assert.All(read, image => Assert.Equal(ImageFailure.None, image.Failure));
        Assert.Equal(20, read.Select(image => image.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_store_that_is_lost_while_serving_is_looked_for_until_it_is_back()
    {
        PutImages(40);
        using var stop = new CancellationTokenSource();
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { Repeat = true });
        var (read, failed) = (0, 0);
        var reading = Task.Run(() =>
        {
            while (source.TryNext(out var image, stop.Token))
            {
                image.Release();
                Interlocked.Increment(ref image.Failure == ImageFailure.None ? ref read : ref failed);
            }
        });
        await Eventually.IsTrue(() => Volatile.Read(ref read) > 100);

        _s3.Fault = _ => S3Fault.Error(403, "ExpiredToken");
        await AdvanceUntil(() => source.Trouble is not null);
        Assert.StartsWith(
            "s3://photos/a/ may not be read any more: 403 ExpiredToken: ",
            source.Trouble,
            StringComparison.Ordinal
        );
        Assert.EndsWith("; it is tried again", source.Trouble, StringComparison.Ordinal);

        _s3.Fault = _ => null;
        var before = Volatile.Read(ref read);
        await AdvanceUntil(() => source.Trouble is null && Volatile.Read(ref read) > before + 100);

        Assert.Equal(0, failed);
        Assert.Equal(40, source.DistinctImages);
        await stop.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task A_bucket_is_listed_no_further_than_its_images_are_taken()
    {
        PutImages(95);
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { Fetchers = 1 });
        var lists = _s3.Lists;

        Assert.True(source.TryNext(out var first));
        first.Release();
        await Eventually.IsTrue(() => _s3.Gets >= 16);

        // 16 wait to be taken, and a few more units are listed: two or three pages of ten.
        Assert.InRange(_s3.Lists - lists, 1, 3);
        Assert.InRange(_s3.Gets, 16, 19);
        Assert.Equal(94, (await DrainAsync(source)).Count);
    }

    [Fact]
    public async Task Parts_of_a_bucket_are_told_by_name_so_that_a_list_may_change()
    {
        PutImages(60);
        var parts = new List<string[]>();
        for (var part = 0; part < 3; part++)
        {
            var read = await ReadAsync("s3://photos/a", new ReadingOptions { Shard = new Shard(part, 3) });
            parts.Add([.. read.Select(image => image.Name)]);
        }

        Assert.Equal(60, parts.SelectMany(part => part).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(60, parts.Sum(part => part.Length));
        Assert.All(parts, part => Assert.InRange(part.Length, 10, 30));

        _s3.Put("a/000.jpg", [1]);
        var again = await ReadAsync("s3://photos/a", new ReadingOptions { Shard = new Shard(1, 3) });
        Assert.Equal(
            parts[1].Order(),
            again.Select(image => image.Name).Where(name => name != "s3://photos/a/000.jpg").Order()
        );
    }

    [Fact]
    public async Task Archives_are_divided_whole_where_there_are_as_many_as_parts_and_by_image_where_not()
    {
        foreach (var archives in new[] { 2, 7 })
        {
            for (var i = 0; i < 7; i++)
                _s3.Delete($"t/{i}.tar");
            for (var i = 0; i < archives; i++)
                _s3.Put($"t/{i}.tar", Tar($"{i}", images: 6));

            var read = new List<Read>();
            for (var part = 0; part < 3; part++)
                read.AddRange(await ReadAsync("s3://photos/t", new ReadingOptions { Shard = new Shard(part, 3) }));

            Assert.Equal(archives * 6, read.Count);
            Assert.Equal(archives * 6, read.Select(image => image.Name).Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public async Task A_tar_takes_one_request_and_goes_on_where_its_connection_broke()
    {
        _s3.Put("t/1.tar", Tar("x", images: 50));
        using var whole = await OpenAsync("s3://photos/t/1.tar");
        var expected = await DrainAsync(whole);
        Assert.Equal(1, _s3.Gets);
        Assert.Equal(50, expected.Count);
        var cuts = 0;
        _s3.Fault = request => !request.IsList && cuts++ < 3 ? new S3Fault { CutAfter = 10_000 + (cuts * 777) } : null;

        var read = await ReadAsync("s3://photos/t/1.tar");

        Assert.Equal(expected, read);
        Assert.Equal(1 + 4, _s3.Gets);
    }

    [Fact]
    public async Task A_tar_that_is_replaced_while_it_is_read_fails_and_its_two_halves_are_not_joined()
    {
        _s3.Put("t/1.tar", Tar("x", images: 50));
        _s3.Fault = request =>
        {
            if (request.IsList || request.Range is not null)
                return null;
            return new S3Fault { CutAfter = 20_000 };
        };
        // So little may wait that the tar is not read to where it is cut before it is replaced.
        using var source = await OpenAsync("s3://photos/t/1.tar", new() { PrefetchBytes = 1000 });
        Assert.True(source.TryNext(out var first));
        first.Release();
        _s3.Put("t/1.tar", Tar("y", images: 50));

        var read = await DrainAsync(source);

        Assert.Equal(("s3://photos/t/1.tar", ImageFailure.Unreadable), Failed(read));
        Assert.DoesNotContain(read, image => image.Content.StartsWith('y'));
    }

    private static byte[] Tar(string name, int images)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            for (var i = 0; i < images; i++)
                tar.WriteEntry(
                    new UstarTarEntry(TarEntryType.RegularFile, $"{i:000}.jpg")
                    {
                        DataStream = new MemoryStream(Encoding.ASCII.GetBytes($"{name} {i}".PadRight(700, '.'))),
                    }
                );
        }

        return bytes.ToArray();
    }

    private static string Text(int image) => $"image {image}";

    private void PutImages(int count)
    {
        for (var i = 0; i < count; i++)
            _s3.Put($"a/{i:00}.jpg", Encoding.ASCII.GetBytes(Text(i)));
    }

    private static (string Name, ImageFailure Failure) Failed(IEnumerable<Read> read)
    {
        var failed = Assert.Single(read, image => image.Failure != ImageFailure.None);
        return (failed.Name, failed.Failure);
    }

    private Task<IImageSource> OpenAsync(string address, ReadingOptions? options = null) =>
        new FakeS3Provider(_s3.Address).OpenAsync(address, options ?? new ReadingOptions(), _time);

    private async Task<List<Read>> ReadAsync(string address, ReadingOptions? options = null)
    {
        using var source = await OpenAsync(address, options);
        return await DrainAsync(source);
    }

    private static async Task<List<Read>> DrainAsync(IImageSource source, List<Read>? read = null)
    {
        read ??= [];
        var reading = Task.Run(() =>
        {
            while (source.TryNext(out var image))
            {
                read.Add(new Read(image.Name, Encoding.ASCII.GetString(image.Bytes.Span), image.Failure));
                image.Release();
            }
        });
        await reading.WaitAsync(Eventually.Deadline);
        return read;
    }

    private async Task AdvanceUntil(Func<bool> isDone) =>
        await Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return isDone();
        });

    private sealed record Read(string Name, string Content, ImageFailure Failure);
}
