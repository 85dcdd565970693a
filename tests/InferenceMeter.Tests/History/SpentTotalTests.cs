using System.Runtime.CompilerServices;
using InferenceMeter.History;
using static InferenceMeter.Tests.History.HistoryFolder;

namespace InferenceMeter.Tests.History;

public sealed class SpentTotalTests : IDisposable
{
    private readonly HistoryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_stored_money_never_falls()
    {
        using var file = Owned();

        Assert.True(file.SaveTotal(new SpentTotal(9.5m, Start)));
        Assert.True(file.SaveTotal(new SpentTotal(10.123456789012345678m, Start)));
        Assert.True(file.SaveTotal(new SpentTotal(9.9m, Start.AddDays(1))));

        Assert.Equal(new SpentTotal(10.123456789012345678m, Start), file.ReadTotal());
    }

    [Fact]
    public void One_meter_at_a_time_owns_the_totals()
    {
        using var first = Owned();
        using var second = _folder.Open();

        Assert.True(first.TryOwnTotals());
        Assert.False(second.TryOwnTotals());
        Assert.False(second.OwnsTotals);
        Assert.Null(second.Trouble);
        Assert.Contains("another meter counts its money into " + _folder.File, second.Note, StringComparison.Ordinal);
        Assert.False(second.SaveTotal(new SpentTotal(1, Start)));
        Assert.True(second.Save(Run("a")));
        Assert.Null(first.ReadTotal());

        first.Dispose();
        Assert.True(second.TryOwnTotals());
        Assert.Null(second.Note);
        Assert.True(second.SaveTotal(new SpentTotal(1, Start)));
    }

    [Fact]
    public void A_process_that_dies_leaves_the_money_readable()
    {
        Abandon();

        using var next = _folder.Open();
        Assert.Equal(new SpentTotal(12.34m, Start), next.ReadTotal());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Abandon() => Owned().SaveTotal(new SpentTotal(12.34m, Start));

    private HistoryFile Owned()
    {
        var file = _folder.Open();
        Assert.True(file.TryOwnTotals());
        return file;
    }
}
