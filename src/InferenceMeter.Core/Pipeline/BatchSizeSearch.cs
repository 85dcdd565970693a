using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>Finds the batch size: the largest that still raises throughput, within the memory of the device.</summary>
internal static class BatchSizeSearch
{
    /// <summary>A larger batch must bring this much to be worth its memory and its latency.</summary>
    private const double WorthIt = 1.01;

    /// <summary>Doubles the batch for as long as that pays.</summary>
    /// <param name="first">Smallest size tried.</param>
    /// <param name="most">Largest.</param>
    /// <param name="imagesPerSecond">Throughput at a size. Throws <see cref="InferenceException"/>: out of memory ends the search.</param>
    /// <param name="say">Told how it goes, in one line.</param>
    /// <returns>The size, and its throughput in images/s.</returns>
    /// <exception cref="InferenceException">Not even the smallest size runs.</exception>
    public static (int BatchSize, double ImagesPerSecond) Find(
        int first,
        int most,
        Func<int, double> imagesPerSecond,
        Action<string> say
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
            catch (InferenceException full) when (full.Fault == InferenceFault.OutOfMemory && best.BatchSize > 0)
            {
                say($"batches of {size} images do not fit the device's memory");
                break;
            }

            // Two sizes in a row that bring nothing: one alone may be a shape that the kernels do not like.
            var pays = rate >= best.ImagesPerSecond * WorthIt;
            disappointments = pays ? 0 : disappointments + 1;
            if (pays)
                best = (size, rate);
        }

        return best;
    }
}
