using System.Collections.Concurrent;

namespace InferenceMeter.Metering;

/// <summary>The 97.5 % quantile of Student's t distribution, for two-sided 95 % intervals.</summary>
internal static class StudentT
{
    // The same few degrees are asked for many times a second, and finding a quantile takes some 12 us.
    private static readonly ConcurrentDictionary<int, double> Quantiles = new();

    /// <summary>The quantile for <paramref name="degrees"/> >= 1 degrees of freedom.</summary>
    public static double Quantile975(int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        return Quantiles.GetOrAdd(
            degrees,
            static freedom => MathNet.Numerics.Distributions.StudentT.InvCDF(0, 1, freedom, 0.975)
        );
    }
}
