using InferenceMeter.Metering;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Documents;

/// <summary>A share with its 95 % interval.</summary>
internal sealed record ShareDocument
{
    public required double Share { get; init; }

    public required double Low { get; init; }

    public required double High { get; init; }

    public required long Count { get; init; }

    public required long Total { get; init; }

    public static ShareDocument From(Proportion share) =>
        new ShareDocument
        {
            Share = share.Share,
            Low = share.Low,
            High = share.High,
            Count = share.Count,
            Total = share.Total,
        };
}

/// <summary>An evaluation.</summary>
internal sealed record EvaluationDocument
{
    public required int SchemaVersion { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Model { get; init; }

    public required string ModelSha256 { get; init; }

    public required string Precision { get; init; }

    public required string Provider { get; init; }

    public required long Images { get; init; }

    public required long Failed { get; init; }

    public required ShareDocument? Top1 { get; init; }

    public required ShareDocument? Top5 { get; init; }

    public required string? Against { get; init; }

    /// <summary>With the best class of the other model.</summary>
    public required ShareDocument? Agreement { get; init; }

    /// <summary>Images for which that class is among the five best of this one.</summary>
    public required ShareDocument? OtherInTop5 { get; init; }

    public required string? Label { get; init; }

    public static EvaluationDocument From(
        EvaluationOutput output,
        ReadingDocument reading,
        AccuracyRecord? record,
        string? against
    ) =>
        new EvaluationDocument
        {
            SchemaVersion = 1,
            At = reading.At,
            Model = reading.Engine.Model,
            ModelSha256 = reading.Engine.ModelSha256,
            Precision = reading.Engine.Precision,
            Provider = reading.Engine.Provider,
            Images = reading.Images.Ok,
            Failed = reading.Images.Failed,
            Top1 = record is null ? null : ShareDocument.From(output.Top1),
            Top5 = record is null ? null : ShareDocument.From(output.Top5),
            Against = against,
            Agreement = against is null ? null : ShareDocument.From(output.Agreement),
            OtherInTop5 = against is null ? null : ShareDocument.From(output.OtherInTop5),
            Label = record?.Label,
        };
}
