using InferenceMeter.Models.Accuracy;

namespace InferenceMeter.Tests.Models.Accuracy;

public sealed class AccuracyStoreTests : IDisposable
{
    private static readonly AccuracyRecord Record = new()
    {
        ModelSha256 = new string('a', 64),
        Precision = "int8",
        Provider = "CPUExecutionProvider",
        Images = 64,
        Top1 = 52,
        Top5 = 64,
        At = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero),
    };

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_found_is_known_of_that_model_precision_and_provider_alone()
    {
        var store = new AccuracyStore(_folder.File("new"));

        store.Save(Record);

        Assert.Equal(Record, store.Find(Record.ModelSha256, "int8", "CPUExecutionProvider"));
        Assert.Null(store.Find(Record.ModelSha256, "fp32", "CPUExecutionProvider"));
        Assert.Null(store.Find(Record.ModelSha256, "int8", "CUDAExecutionProvider"));
        // The file's name has a part of the hash only.
        Assert.Null(store.Find(new string('a', 63) + "b", "int8", "CPUExecutionProvider"));
        Assert.Null(store.Find("", "int8", "CPUExecutionProvider"));
    }

    [Fact]
    public void The_last_one_counts_and_a_damaged_one_is_none()
    {
        var store = new AccuracyStore(_folder.Root);
        store.Save(Record);
        var file = store.Save(Record with { Top1 = 50 });

        Assert.Equal(50, store.Find(Record.ModelSha256, "int8", "CPUExecutionProvider")!.Top1);
        File.WriteAllText(file, "{");
        Assert.Null(store.Find(Record.ModelSha256, "int8", "CPUExecutionProvider"));
        store.Save(Record with { Top1 = 65 });
        Assert.Null(store.Find(Record.ModelSha256, "int8", "CPUExecutionProvider"));
    }

    [Theory]
    [InlineData(64, 52, "measured 81.3 % on 64 images")]
    [InlineData(1, 1, "measured 100.0 % on 1 image")]
    [InlineData(50_000, 37_848, "passed")]
    [InlineData(50_000, 37_847, "measured 75.7 % on 50,000 images")]
    [InlineData(49_999, 49_999, "measured 100.0 % on 49,999 images")]
    public void Passed_is_MLPerfs_target_on_all_of_the_validation_set(long images, long top1, string label) =>
        Assert.Equal(label, (Record with { Images = images, Top1 = top1 }).Label);
}
