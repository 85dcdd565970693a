namespace InferenceMeter.Tests.Preprocessing;

/// <summary>How far two results of 8-bit values lie apart, in levels of 0..255.</summary>
internal sealed record Difference(int Max, double Mean, int Percentile999, double EqualShare)
{
    public static Difference Between(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        var counts = new long[256];
        var sum = 0L;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = Math.Abs(a[i] - b[i]);
            counts[difference]++;
            sum += difference;
        }

        var (percentile, below) = (0, counts[0]);
        while (below < 0.999 * a.Length)
            below += counts[++percentile];
        return new(
            Array.FindLastIndex(counts, count => count > 0),
            (double)sum / a.Length,
            percentile,
            (double)counts[0] / a.Length
        );
    }
}
