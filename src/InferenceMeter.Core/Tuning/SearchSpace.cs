namespace InferenceMeter.Tuning;

/// <summary>The configurations that are worth a trial on a machine.</summary>
public static class SearchSpace
{
    private static readonly int[] CpuBatches = [1, 2, 4, 8, 16];
    private static readonly int[] GpuBatches = [1, 8, 16, 32, 64, 128, 256];
    private static readonly int[] GpuInstances = [1, 2, 4];

    /// <summary>On a CPU: the cores shared out among instances in every even way, and the decoders beside them.</summary>
    /// <param name="model">File or name, its precision, and its batch when that is fixed.</param>
    /// <param name="cores">That the process may use.</param>
    /// <param name="decodes">Whether images are decoded at all (the pipeline scope).</param>
    public static IEnumerable<Candidate> Cpu((string Name, string Precision, int? FixedBatch) model, int cores, bool decodes) =>
        from instances in Powers(cores)
        from decoders in decodes ? Decoders(cores) : [cores]
        from batch in Batches(model.FixedBatch, CpuBatches)
        select new Candidate(model.Name, model.Precision, batch, instances, Math.Max(1, cores / instances), decoders);

    /// <summary>On GPUs: instances hide each other's copies, decoders are what feeds them.</summary>
    public static IEnumerable<Candidate> Gpu((string Name, string Precision, int? FixedBatch) model, int cores, bool decodes) =>
        from instances in GpuInstances
        from decoders in decodes ? new[] { Math.Max(1, cores - 1), cores }.Distinct() : [cores]
        from batch in Batches(model.FixedBatch, GpuBatches)
        select new Candidate(model.Name, model.Precision, batch, instances, 1, decoders);

    private static int[] Batches(int? fixedBatch, int[] choices) => fixedBatch is { } one ? [one] : choices;

    private static IEnumerable<int> Decoders(int cores) => new[] { 1, Math.Max(1, cores / 2), cores }.Distinct();

    /// <summary>1, 2, 4, ... and the cores themselves.</summary>
    private static IEnumerable<int> Powers(int cores)
    {
        for (var i = 1; i < cores; i *= 2) yield return i;
        yield return cores;
    }
}
