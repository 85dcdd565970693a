using InferenceMeter.Images;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>A bucket that is lost while its images are read.</summary>
public sealed class LostBucketTests : BucketTestBase
{
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
        S3.Fault = request =>
            request.Key.CompareTo("a/20.jpg") >= 0 || (request.IsList && S3.Gets > 20)
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

        S3.Fault = _ => S3Fault.Error(403, "ExpiredToken");
        await AdvanceUntil(() => source.Trouble is not null || reading.IsCompleted);
        Assert.Matches(
            "^s3://photos/a/ (may not be read any more|cannot be listed): 403 ExpiredToken: ",
            source.Trouble
        );
        Assert.EndsWith("; it is tried again", source.Trouble, StringComparison.Ordinal);

        S3.Fault = _ => null;
        var before = Volatile.Read(ref read);
        await AdvanceUntil(() =>
            (source.Trouble is null && Volatile.Read(ref read) > before + 100) || reading.IsCompleted
        );
        Assert.False(reading.IsCompleted, $"{reading.Exception}");

        Assert.Equal(0, failed);
        Assert.Equal(40, source.DistinctImages);
        await stop.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task An_outage_that_ends_while_images_are_tried_again_fails_none_of_them()
    {
        PutImages(40);
        // Down for all tries of the first images, and well when the bucket is looked for.
        var refused = 0;
        S3.Fault = request =>
            !request.IsList && Interlocked.Increment(ref refused) <= 16 * 7 ? S3Fault.Error(503, "SlowDown") : null;

        var read = await ReadAsync("s3://photos/a", new ReadingOptions { Fetchers = 16 });

        Assert.All(read, image => Assert.Equal(ImageFailure.None, image.Failure));
        Assert.Equal(40, read.Select(image => image.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task An_outage_of_all_at_once_ends_a_single_pass_and_fails_no_image()
    {
        PutImages(40);
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { Fetchers = 16 });
        S3.Fault = request =>
            request.IsList || string.CompareOrdinal(request.Key, "a/08.jpg") >= 0
                ? S3Fault.Error(503, "SlowDown")
                : null;

        var read = new List<Read>();
        var loss = await Assert.ThrowsAsync<ImageSourceException>(() => DrainAsync(source, read));

        Assert.True(loss.WasLost);
        Assert.All(read, image => Assert.Equal(ImageFailure.None, image.Failure));
        Assert.InRange(read.Count, 0, 8);
    }

    [Fact]
    public async Task A_tar_whose_store_goes_down_is_left_for_a_later_run()
    {
        S3.Put("t/1.tar", Tar("x", images: 50));
        S3.Fault = request =>
        {
            if (request.IsList)
                return null;
            return request.Range is null ? new S3Fault { CutAfter = 20_000 } : S3Fault.Error(503, "SlowDown");
        };
        using var source = await OpenAsync("s3://photos/t/1.tar");

        var read = new List<Read>();
        var loss = await Assert.ThrowsAsync<ImageSourceException>(() => DrainAsync(source, read));

        Assert.StartsWith(
            "s3://photos/t/1.tar cannot be read any more: 503 SlowDown: ",
            loss.Message,
            StringComparison.Ordinal
        );
        Assert.All(read, image => Assert.Equal(ImageFailure.None, image.Failure));
        Assert.InRange(read.Count, 1, 49);
    }
}
