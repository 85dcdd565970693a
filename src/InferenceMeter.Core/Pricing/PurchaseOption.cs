namespace InferenceMeter.Pricing;

/// <summary>How a machine is bought of a cloud: the same machine has a price for each.</summary>
public enum PurchaseOption
{
    /// <summary>By the hour, no promise on either side.</summary>
    OnDemand,

    /// <summary>Spare capacity that can be taken away: spot, preemptible, low priority.</summary>
    Spot,

    /// <summary>Promised for a year.</summary>
    Reserved1Year,

    /// <summary>Promised for three years.</summary>
    Reserved3Years,
}

/// <summary>The names of <see cref="PurchaseOption"/> in files, settings and documents.</summary>
public static class PurchaseOptions
{
    private static readonly string[] Names = ["on_demand", "spot", "reserved_1y", "reserved_3y"];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary><c>on_demand</c>, <c>spot</c>, <c>reserved_1y</c>, <c>reserved_3y</c>.</summary>
    public static string Label(this PurchaseOption option) => Names[(int)option];

    /// <summary>The option of this name.</summary>
    /// <returns><see langword="null"/> when it names none.</returns>
    public static PurchaseOption? Parse(string? name) =>
        Array.IndexOf(Names, name) is >= 0 and var index ? (PurchaseOption)index : null;
}
