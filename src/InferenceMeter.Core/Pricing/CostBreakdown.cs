using InferenceMeter.Metering;

namespace InferenceMeter.Pricing;

/// <summary>
/// Where the money of a machine goes: shares of its time, which add up to 1.
/// <para>On a CPU every stage works on the same cores, so the money goes to who holds them: worker seconds, of the
/// engine times its
/// threads, over the core seconds; what nobody held is idle. When more threads work than there are cores, all shares
/// shrink alike.</para>
/// <para>A machine with GPUs is paid for its GPUs: all time in which a batch executes is the engine's, whatever the CPU
/// does beside it. The rest
/// goes to what the GPUs waited for: to decoding as far as the decoders were busy, then to batching as far as that was,
/// and what is left is idle.</para>
/// </summary>
/// <param name="Decode">Reading and decoding images, 0..1.</param>
/// <param name="Batch">Putting them into batches.</param>
/// <param name="Infer">Running the model and handing out its answers.</param>
/// <param name="Idle">Nothing.</param>
public readonly record struct CostBreakdown(double Decode, double Batch, double Infer, double Idle)
{
    /// <summary>Name and share of each part.</summary>
    public IReadOnlyList<(string Stage, double Share)> Parts =>
        [(Stage.Decode.Label(), Decode), (Stage.Batch.Label(), Batch), (Stage.Infer.Label(), Infer), ("idle", Idle)];

    /// <summary>Of a machine whose CPU runs the model.</summary>
    /// <param name="load">Work of each stage.</param>
    /// <param name="cores">That this process may use.</param>
    /// <param name="threadsPerInstance">Intra-op threads, which a session holds while it runs.</param>
    public static CostBreakdown OnCpu(StageUtilizationReading load, int cores, int threadsPerInstance)
    {
        ArgumentNullException.ThrowIfNull(load);
        var busy = load.BusyPerSecond;
        var (decode, batch, infer) = (
            busy[Stage.Source] + busy[Stage.Decode],
            busy[Stage.Batch],
            (busy[Stage.Infer] * threadsPerInstance) + busy[Stage.Sink]
        );
        var whole = Math.Max(cores, decode + batch + infer);
        return new CostBreakdown(
            decode / whole,
            batch / whole,
            infer / whole,
            Math.Max(0, 1 - ((decode + batch + infer) / whole))
        );
    }

    /// <summary>Of a machine whose GPUs run the model.</summary>
    /// <param name="load">Work of each stage.</param>
    /// <param name="workers">Of each stage.</param>
    /// <param name="executing">Share of the time in which at least one batch executed, 0..1.</param>
    public static CostBreakdown OnGpu(
        StageUtilizationReading load,
        IReadOnlyDictionary<Stage, int> workers,
        double executing
    )
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(workers);
        var infer = Math.Clamp(executing, 0, 1);
        var rest = 1 - infer;
        var decode = rest * Math.Max(Share(Stage.Decode), Share(Stage.Source));
        var batch = (rest - decode) * Share(Stage.Batch);
        return new CostBreakdown(decode, batch, infer, rest - decode - batch);

        double Share(Stage stage) => Math.Clamp(load.BusyPerSecond[stage] / workers[stage], 0, 1);
    }
}
