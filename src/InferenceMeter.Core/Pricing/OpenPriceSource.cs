namespace InferenceMeter.Pricing;

/// <summary>Opens the source of a machine's price.</summary>
/// <param name="gpusUsed">GPUs that the model runs on.</param>
/// <param name="joules">
/// Energy of all devices so far, from hardware counters; <see langword="null"/> where there are none.
/// </param>
internal delegate IPriceSource OpenPriceSource(int? gpusUsed, Func<double?> joules);
