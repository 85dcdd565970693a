namespace InferenceMeter.Pricing;

/// <summary>Whether a price is that of the machine that is here: what it buys against what was found.</summary>
public static class PriceFit
{
    /// <summary>What does not fit, a line each; empty when all that is known fits.</summary>
    /// <param name="price">In force.</param>
    /// <param name="gpus">GPUs that the model runs on; <see langword="null"/> when that is not known.</param>
    /// <param name="cpus">Processors that this process may use.</param>
    public static IReadOnlyList<string> Mismatches(Price price, int? gpus, int cpus)
    {
        ArgumentNullException.ThrowIfNull(price);
        var found = new List<string>();
        if (price.Gpus is { } paid && gpus is { } used && paid != used)
            found.Add($"the price pays for {Count(paid, "GPU")}, {used} {(used == 1 ? "is" : "are")} used");
        if (price.Vcpus is { } bought && bought != cpus)
            found.Add(
                $"the price is that of a machine with {Count(bought, "vCPU")} ({price.Instance}), "
                    + $"{Count(cpus, "processor")} {(cpus == 1 ? "is" : "are")} here"
            );
        return found;
    }

    private static string Count(int number, string thing) => $"{number} {thing}{(number == 1 ? "" : "s")}";
}
