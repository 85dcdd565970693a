using InferenceMeter.Images;
using InferenceMeter.Tests.Models;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Images;

/// <summary>A folder that vanishes while it is served from.</summary>
public sealed class LostFolderTests : IDisposable
{
    private static readonly FileImageOptions Repeating = new() { Repeat = true };

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_waited_for_and_no_failure_is_counted_meanwhile()
    {
        using var source = Open();
        Assert.True(source.TryNext(out _));
        Directory.Move(_folder.File("photos"), _folder.File("away"));

        var next = Task.Run(() => source.TryNext(out var image) ? image : default);
        await Eventually.IsTrue(() => source.Trouble is not null);
        Assert.Equal($"the image folder {_folder.File("photos")} is gone; it is looked for again", source.Trouble);
        Assert.False(next.IsCompleted);

        // Back again, with another image in place of those it had.
        Directory.CreateDirectory(_folder.File("photos"));
        await File.WriteAllTextAsync(_folder.File("photos/new.jpg"), "new");
        await AdvanceUntil(next);

        Assert.Equal(_folder.File("photos/new.jpg"), (await next).Name);
        Assert.Equal(ImageFailure.None, (await next).Failure);
        Assert.Null(source.Trouble);
    }

    [Fact]
    public async Task Waiting_for_it_can_be_stopped()
    {
        using var stop = new CancellationTokenSource();
        using var source = Open();
        Assert.True(source.TryNext(out _));
        Directory.Delete(_folder.File("photos"), recursive: true);

        var next = Task.Run(() => source.TryNext(out _, stop.Token));
        await Eventually.IsTrue(() => source.Trouble is not null);
        await stop.CancelAsync();

        Assert.False(await next);
    }

    [Fact]
    public async Task Files_that_all_became_unreadable_are_tried_ever_more_slowly()
    {
        using var source = Open();
        Assert.True(source.TryNext(out _));
        foreach (var file in Directory.EnumerateFiles(_folder.File("photos")))
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, _folder.File("nowhere"));
        }

        for (var i = 0; i < 3; i++)
            Assert.Equal(ImageFailure.Unreadable, Next(source));
        Assert.Equal("the last 3 image files could not be read; they are tried again", source.Trouble);

        // One failure a delay: 1, 2, 4 ... 30 s.
        var begun = _time.GetTimestamp();
        for (var i = 0; i < 7; i++)
        {
            var next = Task.Run(() => Next(source));
            await AdvanceUntil(next);
            Assert.Equal(ImageFailure.Unreadable, await next);
        }

        Assert.InRange(_time.GetElapsedTime(begun).TotalSeconds, 1 + 2 + 4 + 8 + 16 + 30 + 30, 300);
    }

    [Fact]
    public void One_unreadable_file_among_others_is_no_loss()
    {
        using var source = Open();
        Assert.True(source.TryNext(out _));
        File.Delete(_folder.File("photos/2.jpg"));

        var failures = Enumerable.Range(0, 30).Count(_ => Next(source) == ImageFailure.Unreadable);

        Assert.Equal(10, failures);
        Assert.Null(source.Trouble);
    }

    [Fact]
    public void Before_a_first_image_was_read_a_whole_pass_may_fail()
    {
        using var source = Open();
        Directory.Delete(_folder.File("photos"), recursive: true);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(ImageFailure.Unreadable, Next(source)));
    }

    [Fact]
    public void A_single_pass_waits_for_nothing()
    {
        using var source = FileImageSource.OfFolder(Photos(), new(), _time);
        Assert.True(source.TryNext(out _));
        Directory.Delete(_folder.File("photos"), recursive: true);

        Assert.Equal(ImageFailure.Unreadable, Next(source));
        Assert.Equal(ImageFailure.Unreadable, Next(source));
        Assert.False(source.TryNext(out _));
    }

    private FileImageSource Open() => FileImageSource.OfFolder(Photos(), Repeating, _time);

    private string Photos()
    {
        Directory.CreateDirectory(_folder.File("photos"));
        foreach (var name in new[] { "1.jpg", "2.jpg", "3.jpg" })
            File.WriteAllText(_folder.File($"photos/{name}"), name);
        return _folder.File("photos");
    }

    private static ImageFailure Next(FileImageSource source)
    {
        Assert.True(source.TryNext(out var image));
        image.Release();
        return image.Failure;
    }

    private async Task AdvanceUntil(Task next) =>
        await Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return next.IsCompleted;
        });
}
