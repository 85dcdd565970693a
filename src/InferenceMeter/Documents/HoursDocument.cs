using InferenceMeter.History;

namespace InferenceMeter.Documents;

/// <summary>What a machine did and cost in an hour.</summary>
internal sealed record HourDocument
{
    public required DateTimeOffset Hour { get; init; }

    public required string Machine { get; init; }

    /// <summary>That the meter ran in it.</summary>
    public required double WallSeconds { get; init; }

    public required double BusySeconds { get; init; }

    public required long ImagesOk { get; init; }

    public required long ImagesFailed { get; init; }

    public required decimal SpentUsd { get; init; }

    /// <summary>Money over images, idle time included; absent when there were none.</summary>
    public required decimal? UsdPerBillionImages { get; init; }

    public required double? EnergyJoules { get; init; }

    public static HourDocument From(HourRecord hour) =>
        new HourDocument
        {
            Hour = hour.Hour,
            Machine = hour.Machine,
            WallSeconds = hour.WallSeconds,
            BusySeconds = hour.BusySeconds,
            ImagesOk = hour.ImagesOk,
            ImagesFailed = hour.ImagesFailed,
            SpentUsd = hour.SpentUsd,
            UsdPerBillionImages = hour.ImagesOk > 0 ? CostDocuments.Round(hour.SpentUsd / hour.ImagesOk * 1e9m) : null,
            EnergyJoules = hour.EnergyJoules,
        };
}

/// <summary>Hours, oldest first.</summary>
internal sealed record HoursDocument(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<HourDocument> Hours);
