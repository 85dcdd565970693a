using InferenceMeter.Images;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>How far a bucket is listed, how it is divided, and archives in it.</summary>
public sealed class BucketPartsTests : BucketTestBase
{
    [Fact]
    public async Task A_bucket_is_listed_no_further_than_its_images_are_taken()
    {
        PutImages(95);
        using var source = await OpenAsync("s3://photos/a", new ReadingOptions { Fetchers = 1 });
        var lists = S3.Lists;

        Assert.True(source.TryNext(out var first));
        first.Release();
        await Eventually.IsTrue(() => S3.Gets >= 16);

        // 16 wait to be taken, and a few more units are listed: two or three pages of ten.
        Assert.InRange(S3.Lists - lists, 1, 3);
        Assert.InRange(S3.Gets, 16, 19);
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

        S3.Put("a/000.jpg", [1]);
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
                S3.Delete($"t/{i}.tar");
            for (var i = 0; i < archives; i++)
                S3.Put($"t/{i}.tar", Tar($"{i}", images: 6));

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
        S3.Put("t/1.tar", Tar("x", images: 50));
        using var whole = await OpenAsync("s3://photos/t/1.tar");
        var expected = await DrainAsync(whole);
        Assert.Equal(1, S3.Gets);
        Assert.Equal(50, expected.Count);
        var cuts = 0;
        S3.Fault = request => !request.IsList && cuts++ < 3 ? new S3Fault { CutAfter = 10_000 + (cuts * 777) } : null;

        var read = await ReadAsync("s3://photos/t/1.tar");

        Assert.Equal(expected, read);
        Assert.Equal(1 + 4, S3.Gets);
    }

    [Fact]
    public async Task A_tar_that_is_replaced_while_it_is_read_fails_and_its_two_halves_are_not_joined()
    {
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        S3.Put("t/1.tar", Tar("x", images: 50));
        S3.Fault = request =>
        {
            if (request.IsList)
                return null;
            return request.Range is null ? new S3Fault { CutAfter = 20_000 } : new S3Fault { Wait = replaced.Task };
        };
        using var source = await OpenAsync("s3://photos/t/1.tar");
        Assert.True(source.TryNext(out var first));
        first.Release();
        S3.Put("t/1.tar", Tar("y", images: 50));
        replaced.SetResult();

        var read = await DrainAsync(source);

        Assert.Equal(("s3://photos/t/1.tar", ImageFailure.Unreadable), Failed(read));
        Assert.DoesNotContain(read, image => image.Content.StartsWith('y'));
    }
}
