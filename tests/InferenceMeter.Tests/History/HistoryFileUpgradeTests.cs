using InferenceMeter.History;
using Microsoft.Data.Sqlite;
using static InferenceMeter.Tests.History.HistoryFolder;

namespace InferenceMeter.Tests.History;

/// <summary>Files that this program did not leave as it wants them: older, newer, another program's, damaged.</summary>
public sealed class HistoryFileUpgradeTests : IDisposable
{
    private readonly HistoryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_version_1_is_upgraded_with_its_runs()
    {
        using (var old = _folder.Connect())
        {
            HistorySchema.Migrate(old, 1);
            Assert.True(RunTable.Save(old, Run("a")));
            Assert.Throws<SqliteException>(() => HourTable.Add(old, Hour(0)));
        }

        using var file = _folder.Open();

        Assert.Null(file.Trouble);
        Assert.Equal(Run("a"), file.FindRun("a"));
        Assert.True(file.Add(Hour(0)));
        Assert.True(file.TryOwnTotals());
        Assert.True(file.SaveTotal(new SpentTotal(1, Start)));
    }

    [Fact]
    public void An_upgrade_that_fails_leaves_the_old_version_whole()
    {
        using (var old = _folder.Connect())
        {
            HistorySchema.Migrate(old, 1);
            HistorySchema.Scalar(old, "CREATE TABLE totals (mine TEXT)");
        }

        using (var file = _folder.Open())
            _folder.Says(file, "totals already exists");

        using var connection = _folder.Connect();
        Assert.Equal(1, HistorySchema.Version(connection));
        Assert.Equal(0L, HistorySchema.Scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'hours'"));
    }

    [Theory]
    [InlineData("PRAGMA user_version = 99", "has version 99")]
    [InlineData("SELECT 1", "another program's database")]
    public void A_file_of_a_newer_or_another_program_is_not_touched(string statement, string said)
    {
        using (var other = _folder.Connect())
        {
            HistorySchema.Scalar(other, "CREATE TABLE things (name TEXT)");
            HistorySchema.Scalar(other, statement);
        }

        var before = File.ReadAllBytes(_folder.File);
        using (var file = _folder.Open())
        {
            _folder.Says(file, said);
            Assert.False(file.Save(Run("a")));
        }

        Assert.Equal(before, File.ReadAllBytes(_folder.File));
        Assert.Single(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void What_is_not_a_database_is_set_aside_and_begun_anew()
    {
        var text = string.Concat(Enumerable.Repeat("this is a letter, not a database. ", 1000));
        File.WriteAllText(_folder.File, text);
        File.WriteAllText(_folder.File + "-wal", "left over");

        using var file = _folder.Open();

        Assert.Null(file.Trouble);
        Assert.Contains(".corrupt-20260105080000", file.Note, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_folder.File + ".corrupt-20260105080000"));
        Assert.True(file.Save(Run("a")));
    }

    [Fact]
    public void A_damaged_database_is_set_aside_and_begun_anew()
    {
        using (var good = _folder.Open())
        {
            for (var i = 0; i < 200; i++)
                good.Save(Run($"r{i}") with { Document = new string('x', 2000) });
        }

        using (var bytes = File.OpenWrite(_folder.File))
        {
            bytes.Position = 4096;
            bytes.Write(Enumerable.Repeat((byte)0xA5, 40_000).ToArray());
        }

        using var file = _folder.Open();

        Assert.Null(file.Trouble);
        Assert.Contains("was damaged", file.Note, StringComparison.Ordinal);
        Assert.Empty(file.Runs(10));
        Assert.True(file.Save(Run("a")));
    }

    [Fact]
    public void A_damaged_file_that_another_meter_counts_into_is_left_alone()
    {
        using var other = new TotalsLock(_folder.File);
        Assert.True(other.TryTake());
        File.WriteAllText(_folder.File, new string('x', 5000));

        using var file = _folder.Open();

        _folder.Says(file, "another meter uses it");
        Assert.Equal(5000, new FileInfo(_folder.File).Length);
    }
}
