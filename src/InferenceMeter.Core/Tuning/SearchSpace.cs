namespace InferenceMeter.Tuning;

/// <summary>The configurations that are worth a trial on a machine.</summary>
public static class SearchSpace
{
    private static readonly int[] CpuBatches = [1, 2, 4, 8, 16];
    private static readonly int[] GpuBatches = [1, 8, 16, 32, 64, 128, 256];
    private static readonly int[] GpuInstances = [1, 2, 4];

    /// <summary>
    /// On a CPU: the cores shared out among instances in every even way, and the decoders beside them.
    /// </summary>
    /// <param name="standard">
    /// What the machine would run as by itself: first of what is returned, and its values are among those tried.
    /// </param>
    /// <param name="batches">Whether the model takes batches other than that one's.</param>
    /// <param name="cores">That the process may use.</param>
    /// <param name="decodes">Whether images are decoded at all (the pipeline scope).</param>
    public static IEnumerable<Candidate> Cpu(Candidate standard, bool batches, int cores, bool decodes) =>
        Product(
            standard,
            Powers(cores).Select(instances => (instances, Math.Max(1, cores / instances))),
            decodes ? [1, Math.Max(1, cores / 2), cores] : [],
            batches ? CpuBatches : []
        );

    /// <summary>On GPUs: instances hide each other's copies, decoders are what feeds them.</summary>
    public static IEnumerable<Candidate> Gpu(Candidate standard, bool batches, int cores, bool decodes) =>
        Product(
            standard,
            GpuInstances.Select(instances => (instances, standard.Threads)),
            decodes ? [Math.Max(1, cores - 1), cores] : [],
            batches ? GpuBatches : []
        );

    private static IEnumerable<Candidate> Product(
        Candidate standard,
        IEnumerable<(int Instances, int Threads)> shares,
        IEnumerable<int> decoders,
        IEnumerable<int> batches
    )
    {
        var all =
            from share in shares.Prepend((standard.Instances, standard.Threads)).Distinct()
            from workers in decoders.Prepend(standard.Decoders).Distinct()
            from batch in batches.Prepend(standard.Batch).Distinct()
            select standard with
            {
                Instances = share.Instances,
                Threads = share.Threads,
                Decoders = workers,
                Batch = batch,
                IsDefault = false,
            };
        return all.Skip(1).Prepend(standard);
    }

    /// <summary>1, 2, 4, ... and the cores themselves.</summary>
    private static IEnumerable<int> Powers(int cores)
    {
        for (var i = 1; i < cores; i *= 2)
            yield return i;
        yield return cores;
    }
}
