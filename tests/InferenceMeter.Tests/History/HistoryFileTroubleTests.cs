using System.Diagnostics;
using InferenceMeter.History;
using static InferenceMeter.Tests.History.HistoryFolder;

namespace InferenceMeter.Tests.History;

public sealed class HistoryFileTroubleTests : IDisposable
{
    private readonly HistoryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_in_place_of_the_file_is_said_and_nothing_throws()
    {
        Directory.CreateDirectory(_folder.File);
        using var file = _folder.Open();

        _folder.Says(file, "cannot be opened");
        Assert.False(file.Save(Run("a")));
        Assert.False(file.Add(Hour(0)));
        Assert.False(file.TryOwnTotals());
        Assert.False(file.SaveTotal(new SpentTotal(1, Start)));
        Assert.Null(file.ReadTotal());
        Assert.Null(file.FindRun("a"));
        Assert.Empty(file.Runs(1));
        Assert.Empty(file.Hours(Start, Start.AddDays(1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("/dev/null/history.db")]
    public void A_path_that_cannot_be_is_said(string path)
    {
        using var file = HistoryFile.Open(path, _folder.Time);

        Assert.NotNull(file.Trouble);
        Assert.DoesNotContain('\n', file.Trouble);
        Assert.False(file.Save(Run("a")));
    }

    [Fact]
    public void It_is_tried_again_after_30_seconds_and_not_before()
    {
        Directory.CreateDirectory(_folder.File);
        using var file = _folder.Open();
        Directory.Delete(_folder.File);

        _folder.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(file.Save(Run("a")));
        Assert.False(File.Exists(_folder.File));

        _folder.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(file.Save(Run("a")));
        Assert.Null(file.Trouble);
    }

    [Fact]
    public void A_missing_folder_is_made()
    {
        using var file = HistoryFile.Open(Path.Combine(_folder.Root, "new", "folder", "history.db"), _folder.Time);

        Assert.Null(file.Trouble);
        Assert.True(file.Save(Run("a")));
    }

    [Fact]
    public void A_full_disk_is_said_and_over_when_there_is_space_again()
    {
        using var file = _folder.Open();
        Assert.True(file.Save(Run("first")));
        file.LimitPages(20);
        var big = new string('x', 10_000);
        var stored = 0;
        while (stored < 1000 && file.Save(Run($"big{stored}") with { Document = big }))
            stored++;

        Assert.InRange(stored, 1, 20);
        _folder.Says(file, "disk is full");
        Assert.Empty(file.Runs(1));

        file.LimitPages(100_000);
        _folder.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(file.Save(Run("last") with { Document = big }));
        Assert.Null(file.Trouble);
        Assert.Equal(stored + 2, file.Runs(1000).Count);
    }

    [Fact]
    public void A_locked_file_is_waited_for_two_seconds_and_for_totals_a_tenth()
    {
        using var file = _folder.Open();
        Assert.True(file.TryOwnTotals());
        using var other = _folder.Connect();
        HistorySchema.Scalar(other, "BEGIN EXCLUSIVE");

        var watch = Stopwatch.StartNew();
        Assert.False(file.SaveTotal(new SpentTotal(1, Start)));
        Assert.InRange(watch.ElapsedMilliseconds, 80, 1900);
        _folder.Says(file, "is locked");
        _folder.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(file.ReadTotal());
        Assert.Null(file.Trouble);

        watch.Restart();
        Assert.False(file.Save(Run("a")));
        Assert.InRange(watch.ElapsedMilliseconds, 1900, 20_000);
        watch.Restart();
        Assert.False(file.Save(Run("a")));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1500);

        HistorySchema.Scalar(other, "COMMIT");
        _folder.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(file.Save(Run("a")));
        Assert.Null(file.Trouble);
    }
}
