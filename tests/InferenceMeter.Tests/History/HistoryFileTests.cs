using InferenceMeter.History;
using InferenceMeter.Metering;
using static InferenceMeter.Tests.History.HistoryFolder;

namespace InferenceMeter.Tests.History;

public sealed class HistoryFileTests : IDisposable
{
    private readonly HistoryFolder _folder = new();
    private readonly HistoryFile _file;

    public HistoryFileTests() => _file = _folder.Open();

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_new_file_is_empty_and_without_trouble()
    {
        Assert.Null(_file.Trouble);
        Assert.Null(_file.Note);
        Assert.Empty(_file.Runs(10));
        Assert.Empty(_file.Hours(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
        Assert.Null(_file.ReadTotal());
        Assert.Null(_file.FindRun("none"));
    }

    [Fact]
    public void A_run_reads_back_as_it_was_saved_also_by_the_next_process()
    {
        var run = Run("a") with
        {
            UsdPerBillionImages = 0.1234567890123456789012345678m,
            StartedAt = new(2026, 1, 5, 10, 0, 0, 123, TimeSpan.FromHours(2)),
        };
        var bare = Run("b") with
        {
            FinishedAt = null,
            ImagesPerSecond = null,
            UsdPerBillionImages = null,
            Document = "{\"text\":\"'; DROP TABLE runs; --\u00e9\"}",
        };

        Assert.True(_file.Save(run));
        Assert.True(_file.Save(bare));
        _file.Dispose();

        using var next = _folder.Open();
        Assert.Equal(run, next.FindRun("a"));
        Assert.Equal(bare, next.FindRun("b"));
    }

    [Fact]
    public void Saving_a_run_again_replaces_it()
    {
        _file.Save(Run("a") with { FinishedAt = null, Verdict = Verdict.Cancelled });
        _file.Save(Run("a"));

        Assert.Equal(Run("a"), Assert.Single(_file.Runs(10)));
    }

    [Fact]
    public void A_speed_that_is_not_a_number_is_no_speed()
    {
        Assert.True(_file.Save(Run("a") with { ImagesPerSecond = double.NaN }));

        Assert.Null(_file.FindRun("a")!.ImagesPerSecond);
    }

    [Fact]
    public void Runs_are_listed_newest_first_page_by_page_also_those_of_one_moment()
    {
        foreach (var (id, minutes) in new[] { ("c", 0), ("a", 1), ("b", 1), ("e", 2), ("d", 3) })
            _file.Save(Run(id, minutes));

        Assert.Equal(["d", "e", "b"], _file.Runs(3).Select(run => run.Id));
        Assert.Equal(["a", "c"], _file.Runs(3, beforeId: "b").Select(run => run.Id));
        Assert.Empty(_file.Runs(3, beforeId: "c"));
        Assert.Empty(_file.Runs(3, beforeId: "unknown"));
        Assert.Empty(_file.Runs(0));
        Assert.Empty(_file.Runs(-1));
    }

    [Fact]
    public void Hours_add_up_exactly_per_machine()
    {
        for (var i = 0; i < 10; i++)
            Assert.True(_file.Add(Hour(0) with { Hour = Start.AddMinutes(i) }));
        _file.Add(Hour(1, 1.0000000000000000000000000001m));
        _file.Add(Hour(0, machine: "b"));

        var hours = _file.Hours(Start, Start.AddHours(2));

        Assert.Equal(
            [
                Hour(0, 1.0m) with
                {
                    WallSeconds = 600,
                    BusySeconds = 300,
                    ImagesOk = 100,
                    ImagesFailed = 10,
                },
                Hour(0, machine: "b"),
                Hour(1, 1.0000000000000000000000000001m),
            ],
            hours
        );
        Assert.Single(_file.Hours(Start.AddHours(1), Start.AddHours(2)));
    }

    [Fact]
    public void Energy_adds_up_over_the_parts_that_know_it()
    {
        _file.Add(Hour(0));
        _file.Add(Hour(0) with { EnergyJoules = 5 });
        _file.Add(Hour(0) with { EnergyJoules = 7 });
        _file.Add(Hour(0));
        _file.Add(Hour(1));

        Assert.Equal([12.0, null], _file.Hours(Start, Start.AddHours(2)).Select(hour => hour.EnergyJoules));
    }

    [Fact]
    public void An_hour_that_is_not_a_number_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _file.Add(Hour(0) with { BusySeconds = double.NaN }));
        Assert.Null(_file.Trouble);
    }

    [Fact]
    public void After_dispose_calls_do_nothing()
    {
        _file.Dispose();
        _file.Dispose();

        Assert.False(_file.Save(Run("a")));
        Assert.False(_file.TryOwnTotals());
        Assert.Empty(_file.Runs(1));
    }

    [Fact]
    public void Run_ids_sort_by_time_and_are_unique_and_safe_in_a_url()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => RunId.New(_folder.Time)).ToHashSet(StringComparer.Ordinal);
        _folder.Time.Advance(TimeSpan.FromMilliseconds(1));
        var later = RunId.New(_folder.Time);

        Assert.Equal(1000, ids.Count);
        Assert.All(ids, id => Assert.Matches("^20260105t080000000-[0-9a-f]{12}$", id));
        Assert.All(ids, id => Assert.True(string.CompareOrdinal(id, later) < 0));
    }
}
