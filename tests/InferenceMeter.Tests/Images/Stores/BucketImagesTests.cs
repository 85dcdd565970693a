using InferenceMeter.Images;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>Images of a bucket, over HTTP, with everything that goes wrong with one of them.</summary>
public sealed class BucketImagesTests : BucketTestBase
{
    [Theory]
    [InlineData("s3://photos", 25)]
    [InlineData("s3://photos/", 25)]
    [InlineData("s3://photos/a", 23)]
    [InlineData("s3://photos/a/", 23)]
    [InlineData("s3://photos/a/1", 10)]
    [InlineData("s3://photos/a/07.jpg", 1)]
    [InlineData("s3://photos/ab", 1)]
    [InlineData("s3://photos/noextension", 1)]
    public async Task A_prefix_is_a_folder_where_there_is_one_else_the_beginning_of_names(string address, int images)
    {
        PutImages(23);
        S3.Put("ab/1.jpg", [1]);
        S3.Put("c.png", [1]);
        S3.Put("noextension", [1]);
        S3.Put("a/.hidden.jpg", [1]);
        S3.Put("a/notes.txt", [1]);
        S3.Put("a/folder/", []);

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
        S3.Put($"k/{key}", [1, 2, 3]);

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
        S3.Put("text/a.txt", [1]);

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
        S3.Fault = _ => S3Fault.Error(status, code);

        var refused = await Assert.ThrowsAsync<ImageSourceException>(() => OpenAsync("s3://photos/a"));

        Assert.StartsWith(
            $"s3://photos/a cannot be listed: {status} {code}: ",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal(1, S3.Lists);
    }

    [Fact]
    public async Task A_throttled_store_is_asked_again_later_and_the_tries_are_counted()
    {
        PutImages(5);
        var throttled = 0;
        using var source = await OpenAsync("s3://photos/a");
        var before = Assert.Single(source.Traffic);
        S3.Fault = request => request.Key == "a/02.jpg" && throttled++ < 2 ? S3Fault.Error(503, "SlowDown") : null;

        var read = await DrainAsync(source);

        Assert.Equal(5, read.Count(image => image.Failure == ImageFailure.None));
        var traffic = Assert.Single(source.Traffic);
        Assert.Equal(("s3", 7, 2), (traffic.Source, traffic.Gets, traffic.Retries));
        Assert.Equal(S3.Lists, traffic.Lists);
        Assert.Equal(Enumerable.Range(0, 5).Sum(i => Text(i).Length), traffic.Bytes - before.Bytes);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_of_an_image_is_made_again()
    {
        PutImages(3);
        var cuts = 0;
        S3.Fault = request => request.Key == "a/01.jpg" && cuts++ == 0 ? new S3Fault { CutAfter = 2 } : null;

        var read = await ReadAsync("s3://photos/a");

        Assert.Equal(Enumerable.Range(0, 3).Select(Text), read.Select(image => image.Content).Order());
        Assert.Equal(2, cuts);
    }

    [Fact]
    public async Task A_store_that_is_down_for_a_single_image_fails_that_image()
    {
        PutImages(4);
        S3.Fault = request => request.Key == "a/01.jpg" ? S3Fault.Error(500, "InternalError") : null;

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
        S3.Fault = request => request.Key == "a/02.jpg" ? S3Fault.Error(status, code) : null;

        var read = await DrainAsync(source);

        Assert.Equal(3, read.Count(image => image.Failure == ImageFailure.None));
        Assert.Equal(("s3://photos/a/02.jpg", reason), Failed(read));
        Assert.Equal(4, S3.Gets);
    }

    [Fact]
    public async Task An_image_that_was_deleted_after_it_was_listed_fails_as_not_found()
    {
        PutImages(2);
        using var source = await OpenAsync("s3://photos/a");
        // Listed, and then gone when its turn comes.
        S3.Fault = request =>
        {
            if (request.Key == "a/01.jpg")
                S3.Delete("a/01.jpg");
            return null;
        };

        Assert.Equal(("s3://photos/a/01.jpg", ImageFailure.NotFound), Failed(await DrainAsync(source)));
    }

    [Fact]
    public async Task Too_large_an_image_is_not_even_asked_for()
    {
        S3.Put("a/1.jpg", new byte[100]);
        S3.Put("a/2.jpg", new byte[101]);

        var read = await ReadAsync("s3://photos/a", new ReadingOptions { MaxEncodedBytes = 100 });

        Assert.Equal(("s3://photos/a/2.jpg", ImageFailure.TooLarge), Failed(read));
        Assert.Equal(1, S3.Gets);
    }

    [Fact]
    public async Task An_image_that_was_replaced_by_a_larger_one_is_read_as_it_is_now_or_is_too_large()
    {
        S3.Put("a/1.jpg", new byte[10]);
        S3.Put("a/2.jpg", new byte[10]);
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { MaxEncodedBytes = 100, Fetchers = 1 });
        var lists = S3.Lists;
        S3.Fault = request =>
        {
            if (!request.IsList && S3.Lists > lists)
            {
                S3.Put("a/1.jpg", new byte[20]);
                S3.Put("a/2.jpg", new byte[1000]);
            }

            return null;
        };

        var read = await DrainAsync(source);

        Assert.Equal(20, read.Single(image => image.Failure == ImageFailure.None).Content.Length);
        Assert.Equal(("s3://photos/a/2.jpg", ImageFailure.TooLarge), Failed(read));
    }
}
