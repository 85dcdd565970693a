using InferenceMeter.Metering;

namespace InferenceMeter.Pricing;

/// <summary>
/// Where the money of a machine goes: shares of its time, which add up to 1.
/// <para>On a CPU every stage works on the same cores, so the money goes to who holds them: worker seconds, of the
/// engine times its threads, over the core seconds; what nobody held is waiting for images as far as the source did,
/// and idle otherwise. When more threads work than there are cores, all shares shrink alike.</para>
/// <para>A machine with GPUs is paid for its GPUs: all time in which a batch executes is the engine's, whatever the CPU
/// does beside it. The rest goes to what the GPUs waited for: to images that had not arrived as far as the source
/// waited, then to decoding as far as the decoders were busy, then to batching as far as that was, and what is left is
/// idle.</para>
/// </summary>
public readonly record struct CostBreakdown
{
    /// <summary>Waiting for images that had not arrived, while nothing else was done, 0..1.</summary>
    public required double Fetch { get; init; }

    /// <summary>Decoding images, 0..1.</summary>
    public required double Decode { get; init; }

    /// <summary>Putting them into batches, 0..1.</summary>
    public required double Batch { get; init; }

    /// <summary>Running the model and handing out its answers, 0..1.</summary>
    public required double Infer { get; init; }

    /// <summary>Nothing, 0..1.</summary>
    public required double Idle { get; init; }

    /// <summary>Name and share of each part.</summary>
    public IReadOnlyList<(string Stage, double Share)> Parts =>
        [
            (Stage.Fetch.Label(), Fetch),
            (Stage.Decode.Label(), Decode),
            (Stage.Batch.Label(), Batch),
            (Stage.Infer.Label(), Infer),
            ("idle", Idle),
        ];

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
        var rest = Math.Max(0, 1 - ((decode + batch + infer) / whole));
        // Who waits holds no core: only of what nobody held can waiting be the reason.
        var fetch = Math.Min(rest, Math.Clamp(busy[Stage.Fetch], 0, 1));
        return new CostBreakdown
        {
            Fetch = fetch,
            Decode = decode / whole,
            Batch = batch / whole,
            Infer = infer / whole,
            Idle = rest - fetch,
        };
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
        var fetch = rest * Share(Stage.Fetch);
        var decode = (rest - fetch) * Math.Max(Share(Stage.Decode), Share(Stage.Source));
        var batch = (rest - fetch - decode) * Share(Stage.Batch);
        return new CostBreakdown
        {
            Fetch = fetch,
            Decode = decode,
            Batch = batch,
            Infer = infer,
            Idle = rest - fetch - decode - batch,
        };

        double Share(Stage stage) => Math.Clamp(load.BusyPerSecond[stage] / workers[stage], 0, 1);
    }
}
