namespace InferenceMeter.Models;

/// <summary>
/// Near-normal random weights, bit for bit the same on every machine: integer arithmetic up to one float
/// multiplication, so no libm and no summation order is involved. Each value is the sum of four uniform 16-bit
/// numbers (a piecewise cubic that leaves N(0,1) by less than 0.01 in its distribution function), from one step of
/// SplitMix64 (Steele, Lea, Flood 2014), which is a counter hashed: any part can be generated on its own, in parallel.
/// </summary>
internal static class SyntheticWeights
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    // Sum of four independent uniforms on 0..65535: mean 4 * 65535 / 2, variance 4 * (65536^2 - 1) / 12.
    private const int Mean = 131070;
    private const double Deviation = 37837.227;

    /// <summary>Fills with N(0, <paramref name="sigma"/>^2) from the stream of this seed.</summary>
    public static void Fill(Span<float> values, ulong seed, double sigma)
    {
        var scale = (float)(sigma / Deviation);
        var counter = Mix(seed * Gamma);
        for (var i = 0; i < values.Length; i++)
        {
            var bits = Mix(counter += Gamma);
            var sum =
                (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
            values[i] = (sum - Mean) * scale;
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
