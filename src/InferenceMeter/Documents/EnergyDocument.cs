namespace InferenceMeter.Documents;

/// <summary>Energy of the images, from hardware counters alone.</summary>
/// <param name="Sensors">The counters; what has none (the rest of the machine) is not in the figures.</param>
/// <param name="UsdPerBillionImages">Of electricity, at the tariff and the PUE of the settings; absent without a tariff.</param>
/// <param name="ShareOfWall">That electricity over the cost on the wall basis.</param>
internal sealed record EnergyDocument(
    double JoulesPerImage,
    double Watts,
    double Seconds,
    IReadOnlyList<string> Sensors,
    decimal? UsdPerBillionImages,
    decimal? UsdPerKwh,
    decimal? Pue,
    double? ShareOfWall
);
