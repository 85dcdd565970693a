namespace InferenceMeter.Models.Quantization;

/// <summary>
/// Where to clip a distribution of sizes so that its quantised form diverges least from it (Kullback-Leibler), after
/// S. Migacz, 8-bit Inference with TensorRT, GTC 2017: clipped mass counts for the last bin of the reference and not
/// for the candidate.
/// </summary>
internal static class EntropyBound
{
    /// <param name="sizes">Counts of sizes, from 0 up.</param>
    /// <param name="levels">Quantised levels of a size.</param>
    /// <returns>Bins to keep, from <paramref name="levels"/> to all.</returns>
    public static int Find(ReadOnlySpan<double> sizes, int levels)
    {
        var last = sizes.Length;
        while (last > levels && sizes[last - 1] == 0)
            last--;
        var beyond = 0.0;
        foreach (var count in sizes)
            beyond += count;
        foreach (var count in sizes[..levels])
            beyond -= count;
        var (best, least) = (last, double.PositiveInfinity);
        Span<double> kept = new double[sizes.Length];
        // One step a level keeps the search quick and finer than the scale that comes of it.
        for (var bins = levels; bins <= last; bins += Math.Max(1, levels / 32))
        {
            sizes[..bins].CopyTo(kept);
            var clipped = 0.0;
            foreach (var count in sizes[bins..])
                clipped += count;
            var divergence = Divergence(kept[..bins], clipped, levels);
            if (divergence >= least)
                continue;
            (best, least) = (bins, divergence);
        }

        return best;
    }

    private static double Divergence(ReadOnlySpan<double> kept, double clipped, int levels)
    {
        var (reference, candidate) = (clipped, 0.0);
        foreach (var count in kept)
            (reference, candidate) = (reference + count, candidate + count);
        if (candidate == 0)
            return double.PositiveInfinity;
        var sum = 0.0;
        for (var level = 0; level < levels; level++)
        {
            var (from, to) = (
                (int)((long)level * kept.Length / levels),
                (int)((long)(level + 1) * kept.Length / levels)
            );
            var (mass, filled) = (0.0, 0);
            for (var i = from; i < to; i++)
            {
                mass += kept[i];
                if (kept[i] > 0)
                    filled++;
            }

            if (filled == 0)
                continue;
            // A level's mass is spread over those of its bins that have any.
            var q = mass / filled / candidate;
            for (var i = from; i < to; i++)
            {
                var p = (kept[i] + (i == kept.Length - 1 ? clipped : 0)) / reference;
                if (kept[i] > 0 && p > 0)
                    sum += p * Math.Log(p / q);
            }
        }

        // What is clipped into an empty last bin has no counterpart at all.
        return clipped > 0 && kept[^1] == 0 ? double.PositiveInfinity : sum;
    }
}
