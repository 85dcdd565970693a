using InferenceMeter.History;
using static InferenceMeter.Tests.History.HistoryFolder;

namespace InferenceMeter.Tests.History;

public sealed class HistoryFileConcurrencyTests : IDisposable
{
    private const int Threads = 8;
    private const int Rounds = 50;

    private readonly HistoryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Eight_threads_lose_nothing()
    {
        using var file = _folder.Open();
        Assert.True(file.TryOwnTotals());

        Work(_ => file, withTotals: true);

        Assert.Equal(Rounds * 0.01m, file.ReadTotal()!.Usd);
        Complete(file);
    }

    [Fact]
    public void Two_files_on_one_path_lose_nothing()
    {
        using var first = _folder.Open();
        using var second = _folder.Open();

        Work(thread => thread % 2 == 0 ? first : second, withTotals: false);

        Complete(first);
        Complete(second);
    }

    [Fact]
    public void A_new_file_can_be_opened_by_many_at_once()
    {
        var files = new HistoryFile[Threads];
        InParallel(thread => files[thread] = _folder.Open());

        Assert.All(files, file => Assert.Null(file.Trouble));
        Assert.All(files, file => Assert.True(file.Add(Hour(0))));
        foreach (var file in files)
            file.Dispose();
    }

    private static void Work(Func<int, HistoryFile> fileOf, bool withTotals) =>
        InParallel(thread =>
        {
            var file = fileOf(thread);
            for (var i = 0; i < Rounds; i++)
            {
                Assert.True(file.Save(Run($"{thread}-{i}", i)), file.Trouble);
                Assert.True(file.Add(Hour(i % 3, 0.01m)), file.Trouble);
                Assert.NotNull(file.FindRun($"{thread}-{i}"));
                if (withTotals)
                    file.SaveTotal(new SpentTotal((i + 1) * 0.01m, Start));
            }
        });

    private static void InParallel(Action<int> work)
    {
        var failures = new List<Exception>();
        var threads = Enumerable
            .Range(0, Threads)
            .Select(thread => new Thread(() =>
            {
                try
                {
                    work(thread);
                }
                catch (Exception e)
                {
                    lock (failures)
                        failures.Add(e);
                }
            }))
            .ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.Empty(failures);
    }

    private static void Complete(HistoryFile file)
    {
        Assert.Null(file.Trouble);
        Assert.Equal(Threads * Rounds, file.Runs(10_000).Count);
        var hours = file.Hours(Start, Start.AddDays(1));
        Assert.Equal(Threads * Rounds * 0.01m, hours.Sum(hour => hour.SpentUsd));
        Assert.Equal(Threads * Rounds * 10, hours.Sum(hour => hour.ImagesOk));
    }
}
