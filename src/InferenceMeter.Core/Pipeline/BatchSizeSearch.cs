using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>Finds the batch size: the largest that still raises throughput, within the memory of the device.</summary>
internal static class BatchSizeSearch
{
    /// <summary>
    /// Where the search starts: a GPU is far from busy with less, and every size costs its own planning of kernels.
    /// </summary>
    public const int First = 32;

    /// <summary>Where it ends: throughput is flat from there on, and latency only grows.</summary>
    public const int Most = 512;

    /// <summary>A larger batch must bring this much to be worth its memory and its latency.</summary>
    private const double WorthIt = 1.01;

    /// <summary>How long a size is measured: half a second is too noisy to tell one hundredth.</summary>
    public static TimeSpan Trial { get; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Doubles the batch for as long as that pays; halves it when not even the first one fits.</summary>
    /// <param name="first">Size that is tried first.</param>
    /// <param name="most">Largest.</param>
    /// <param name="imagesPerSecond">
    /// Throughput at a size. Throws <see cref="InferenceException"/>: out of memory ends the search.
    /// </param>
    /// <param name="warn">Told how it goes, in one line.</param>
    /// <returns>The size, and its throughput in images/s.</returns>
    /// <exception cref="InferenceException">Not even single images run.</exception>
    public static (int BatchSize, double ImagesPerSecond) Find(
        int first,
        int most,
        Func<int, double> imagesPerSecond,
        Action<string> warn
    )
    {
        var best = (BatchSize: 0, ImagesPerSecond: 0.0);
        for (var (size, disappointments) = (first, 0); size <= most && disappointments < 2; size *= 2)
        {
            double rate;
            try
            {
                rate = imagesPerSecond(size);
            }
            catch (InferenceException full)
                when (full.Fault == InferenceFault.OutOfMemory && (best.BatchSize > 0 || size > 1))
            {
                warn($"batches of {size} images do not fit the device's memory");
                return best.BatchSize > 0 ? best : FindSmaller(size / 2, imagesPerSecond, warn);
            }

            // Two sizes in a row that bring nothing: one alone may be a shape that the kernels do not like.
            var pays = rate >= best.ImagesPerSecond * WorthIt;
            disappointments = pays ? 0 : disappointments + 1;
            if (pays)
                best = (size, rate);
        }

        return best;
    }

    private static (int BatchSize, double ImagesPerSecond) FindSmaller(
        int size,
        Func<int, double> imagesPerSecond,
        Action<string> warn
    )
    {
        while (true)
        {
            try
            {
                return (size, imagesPerSecond(size));
            }
            catch (InferenceException full) when (full.Fault == InferenceFault.OutOfMemory && size > 1)
            {
                warn($"batches of {size} images do not fit the device's memory");
                size /= 2;
            }
        }
    }
}
