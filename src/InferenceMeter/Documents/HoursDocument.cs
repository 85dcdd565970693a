using InferenceMeter.History;

namespace InferenceMeter.Documents;

/// <summary>What a machine did and cost in an hour.</summary>
/// <param name="WallSeconds">That the meter ran in it.</param>
/// <param name="UsdPerBillionImages">Money over images, idle time included; absent when there were none.</param>
internal sealed record HourDocument(
    DateTimeOffset Hour,
    string Machine,
    double WallSeconds,
    double BusySeconds,
    long ImagesOk,
    long ImagesFailed,
    decimal SpentUsd,
    decimal? UsdPerBillionImages,
    double? EnergyJoules
)
{
    public static HourDocument From(HourRecord hour) =>
        new(
            hour.Hour,
            hour.Machine,
            hour.WallSeconds,
            hour.BusySeconds,
            hour.ImagesOk,
            hour.ImagesFailed,
            hour.SpentUsd,
            hour.ImagesOk > 0 ? CostDocuments.Round(hour.SpentUsd / hour.ImagesOk * 1e9m) : null,
            hour.EnergyJoules
        );
}

/// <summary>Hours, oldest first.</summary>
internal sealed record HoursDocument(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<HourDocument> Hours);
