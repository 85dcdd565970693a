namespace InferenceMeter.Documents;

/// <summary>Energy of the images, from hardware counters alone.</summary>
internal sealed record EnergyDocument
{
    public required double JoulesPerImage { get; init; }

    public required double Watts { get; init; }

    public required double Seconds { get; init; }

    /// <summary>The counters; what has none (the rest of the machine) is not in the figures.</summary>
    public required IReadOnlyList<string> Sensors { get; init; }

    /// <summary>Of electricity, at the tariff and the PUE of the settings; absent without a tariff.</summary>
    public required decimal? UsdPerBillionImages { get; init; }

    public required decimal? UsdPerKwh { get; init; }

    public required decimal? Pue { get; init; }

    /// <summary>That electricity over the cost on the wall basis.</summary>
    public required double? ShareOfWall { get; init; }
}
