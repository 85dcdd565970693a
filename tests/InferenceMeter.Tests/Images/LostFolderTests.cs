using InferenceMeter.Images;
using InferenceMeter.Tests.Models;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Images;

/// <summary>A folder that vanishes while it is read.</summary>
public sealed class LostFolderTests : IDisposable
{
    private static readonly ReadingOptions Repeating = new() { Repeat = true };

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_waited_for_and_no_failure_is_counted_meanwhile()
    {
        using var source = Open(Repeating);
        Assert.True(source.TryNext(out _));
        Directory.Move(_folder.File("photos"), _folder.File("away"));

        // What was read ahead is handed out, and then nothing.
        var failures = 0;
        var next = Task.Run(() => ReadUntil(source, image => image.Name.EndsWith("new.jpg"), ref failures));
        await Eventually.IsTrue(() => source.Trouble is not null);
        Assert.Equal($"the image folder {_folder.File("photos")} is gone; it is tried again", source.Trouble);
        Assert.False(next.IsCompleted);

        // Back again, with another image in place of those it had.
        Directory.CreateDirectory(_folder.File("photos"));
        await File.WriteAllTextAsync(_folder.File("photos/new.jpg"), "new");
        await AdvanceUntil(() => next.IsCompleted);

        await next;
        Assert.Equal(0, failures);
        Assert.Null(source.Trouble);
    }

    [Fact]
    public async Task Waiting_for_it_can_be_stopped()
    {
        using var stop = new CancellationTokenSource();
        using var source = Open(Repeating);
        Assert.True(source.TryNext(out _));
        Directory.Delete(_folder.File("photos"), recursive: true);

        var reading = Task.Run(() =>
        {
            while (source.TryNext(out var image, stop.Token))
                image.Release();
        });
        await Eventually.IsTrue(() => source.Trouble is not null);
        await stop.CancelAsync();

        await reading.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Files_that_all_became_unreadable_are_tried_ever_more_slowly()
    {
        using var stop = new CancellationTokenSource();
        using var source = Open(Repeating);
        Assert.True(source.TryNext(out _));
        foreach (var file in Directory.EnumerateFiles(_folder.File("photos")))
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, _folder.File("nowhere"));
        }

        var failures = 0;
        var reading = Task.Run(() => ReadUntil(source, _ => false, ref failures, stop.Token));
        await Eventually.IsTrue(() => source.Trouble is not null && Volatile.Read(ref failures) >= 3);
        Assert.Matches("^the last [0-9]+ images could not be read: ", source.Trouble);

        // One failure a delay: 1, 2, 4 ... 30 s.
        var (begun, before) = (_time.GetTimestamp(), Volatile.Read(ref failures));
        await AdvanceUntil(() => Volatile.Read(ref failures) == before + 7);

        Assert.True(_time.GetElapsedTime(begun).TotalSeconds >= 1 + 2 + 4 + 8 + 16 + 30 + 30);
        await stop.CancelAsync();
        await reading;
    }

    [Fact]
    public void One_unreadable_file_among_others_is_no_loss()
    {
        using var source = Open(Repeating);
        Assert.True(source.TryNext(out _));
        File.Delete(_folder.File("photos/2.jpg"));

        var before = 0;
        ReadUntil(source, image => image.Failure != ImageFailure.None, ref before);
        var failures = Enumerable.Range(0, 30).Count(_ => Next(source) == ImageFailure.NotFound);

        Assert.Equal(10, failures);
        Assert.Null(source.Trouble);
    }

    [Fact]
    public void Before_a_first_image_was_read_a_whole_pass_may_fail()
    {
        using var source = Open(Repeating);
        Directory.Delete(_folder.File("photos"), recursive: true);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(ImageFailure.NotFound, Next(source)));
    }

    [Fact]
    public void A_single_pass_ends_with_an_error_after_what_was_read_and_fails_no_image()
    {
        const int images = 100;
        using var source = Open(new ReadingOptions(), images);
        Assert.True(source.TryNext(out _));
        Directory.Delete(_folder.File("photos"), recursive: true);

        var (read, failures) = (1, 0);
        var loss = Assert.Throws<ImageSourceException>(() =>
            ReadUntil(source, image => ++read > images || image.Failure != ImageFailure.None, ref failures)
        );

        Assert.True(loss.WasLost);
        Assert.Equal(
            $"the image folder {_folder.File("photos")} is gone; the images answered so far are whole, go on "
                + "from there by resuming",
            loss.Message
        );
        Assert.InRange(read, 1, images - 1);
        Assert.Equal(0, failures);
    }

    private IImageSource Open(ReadingOptions options, int images = 3)
    {
        Directory.CreateDirectory(_folder.File("photos"));
        for (var i = 1; i <= images; i++)
            File.WriteAllText(_folder.File($"photos/{i}.jpg"), $"{i}");
        return new ImageSourceOptions { Places = [_folder.File("photos")], Reading = options }.Open(_time);
    }

    private static ImageFailure Next(IImageSource source)
    {
        Assert.True(source.TryNext(out var image));
        image.Release();
        return image.Failure;
    }

    /// <summary>Counts the failures before the image that is looked for.</summary>
    private static void ReadUntil(
        IImageSource source,
        Func<EncodedImage, bool> isFound,
        ref int failures,
        CancellationToken stop = default
    )
    {
        while (source.TryNext(out var image, stop))
        {
            image.Release();
            if (isFound(image))
                return;
            if (image.Failure != ImageFailure.None)
                Interlocked.Increment(ref failures);
        }
    }

    private async Task AdvanceUntil(Func<bool> isDone) =>
        await Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return isDone();
        });
}
