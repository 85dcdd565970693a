using InferenceMeter.History;
using InferenceMeter.Metering;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.History;

/// <summary>A folder with a history file in it, which goes away with the test.</summary>
internal sealed class HistoryFolder : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    public string Root { get; } = Directory.CreateTempSubdirectory("history-test-").FullName;

    public string File => Path.Combine(Root, "history.db");

    public FakeTimeProvider Time { get; } = new(Start);

    public HistoryFile Open() => HistoryFile.Open(File, Time);

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False;Default Timeout=1");
        connection.Open();
        return connection;
    }

    public static RunRecord Run(string id, double minutes = 0) =>
        new()
        {
            Id = id,
            StartedAt = Start.AddMinutes(minutes),
            FinishedAt = Start.AddMinutes(minutes + 1),
            Machine = "g6.xlarge",
            Model = "resnet50",
            Precision = "fp16",
            Scope = "end-to-end",
            Verdict = Verdict.Valid,
            ImagesPerSecond = 1234.5,
            UsdPerBillionImages = 181.20m,
            Document = """{"images":1}""",
        };

    public static HourRecord Hour(int hour, decimal usd = 0.1m, string machine = "a") =>
        new()
        {
            Hour = Start.AddHours(hour),
            Machine = machine,
            WallSeconds = 60,
            BusySeconds = 30,
            ImagesOk = 10,
            ImagesFailed = 1,
            SpentUsd = usd,
        };

    /// <summary>The trouble is one line that has this and the file in it.</summary>
    public void Says(HistoryFile file, string what)
    {
        var trouble = file.Trouble ?? "no trouble";
        Assert.Contains(what, trouble, StringComparison.Ordinal);
        Assert.Contains(File, trouble, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", trouble, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
