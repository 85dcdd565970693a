namespace InferenceMeter.Metering;

/// <summary>The 97.5 % quantile of Student's t distribution, for two-sided 95 % intervals.</summary>
internal static class StudentT
{
    // Degrees of freedom 1 to 30, from the usual table (Abramowitz and Stegun, table 26.10).
    private static readonly double[] Table =
    [
        12.706,
        4.303,
        3.182,
        2.776,
        2.571,
        2.447,
        2.365,
        2.306,
        2.262,
        2.228,
        2.201,
        2.179,
        2.160,
        2.145,
        2.131,
        2.120,
        2.110,
        2.101,
        2.093,
        2.086,
        2.080,
        2.074,
        2.069,
        2.064,
        2.060,
        2.056,
        2.052,
        2.048,
        2.045,
        2.042,
    ];

    private const double Normal = 1.959963984540054;

    /// <summary>The quantile for <paramref name="degrees"/> >= 1 degrees of freedom.</summary>
    public static double Quantile975(int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (degrees <= Table.Length)
            return Table[degrees - 1];

        // Cornish-Fisher expansion about the normal quantile, Abramowitz and Stegun 26.7.5; exact to 4 digits from 30
        // on.
        const double z = Normal;
        var first = (z * z * z + z) / 4;
        var second = (5 * Math.Pow(z, 5) + 16 * z * z * z + 3 * z) / 96;
        return z + first / degrees + second / ((double)degrees * degrees);
    }
}
