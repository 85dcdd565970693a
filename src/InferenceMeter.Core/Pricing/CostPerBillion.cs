namespace InferenceMeter.Pricing;

/// <summary>
/// The figure that the project is about: <c>usd_per_billion = usd_per_hour / 3600 / images_per_second * 1e9</c>.
/// </summary>
public static class CostPerBillion
{
    // Forward passes of training ResNet-50: 90 epochs x 1,281,167 images x about 3 (forward + backward), in billions.
    private const decimal TrainingBillions = 0.346m;

    /// <summary>USD for one billion images.</summary>
    /// <param name="price">Of the whole machine, not negative.</param>
    /// <param name="imagesPerSecond">Throughput.</param>
    /// <returns>
    /// <see langword="null"/> when there is nothing to say: throughput 0, negative, not a number or infinite, or a
    /// result beyond a decimal's range.
    /// </returns>
    public static decimal? Compute(UsdPerMachineHour price, double imagesPerSecond)
    {
        if (price.Usd < 0 || !(imagesPerSecond > 0) || !double.IsFinite(imagesPerSecond))
            return null;
        try
        {
            var rate = (decimal)imagesPerSecond;
            return rate == 0 ? null : price.Usd / 3600m * 1e9m / rate;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>
    /// Images per second at which a billion cost <paramref name="usdPerBillion"/>: the inverse of
    /// <see cref="Compute"/>.
    /// </summary>
    /// <returns><see langword="null"/> unless both are positive.</returns>
    public static double? ImagesPerSecondNeeded(UsdPerMachineHour price, decimal usdPerBillion) =>
        price.Usd > 0 && usdPerBillion > 0 ? (double)price.Usd / 3600 / (double)usdPerBillion * 1e9 : null;

    /// <summary>
    /// An estimate, to be labelled so: training ResNet-50 for 90 epochs is about 0.346 billion forward passes.
    /// </summary>
    public static decimal ImpliedTrainingUsd(decimal usdPerBillion) => TrainingBillions * usdPerBillion;
}
