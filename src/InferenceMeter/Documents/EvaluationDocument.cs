using InferenceMeter.Metering;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Documents;

/// <summary>A share with its 95 % interval.</summary>
internal sealed record ShareDocument(double Share, double Low, double High, long Count, long Total)
{
    public static ShareDocument From(Proportion share) =>
        new(share.Share, share.Low, share.High, share.Count, share.Total);
}

/// <summary>An evaluation.</summary>
/// <param name="Agreement">With the best class of the other model.</param>
/// <param name="OtherInTop5">Images for which that class is among the five best of this one.</param>
internal sealed record EvaluationDocument(
    int SchemaVersion,
    DateTimeOffset At,
    string Model,
    string ModelSha256,
    string Precision,
    string Provider,
    long Images,
    long Failed,
    ShareDocument? Top1,
    ShareDocument? Top5,
    string? Against,
    ShareDocument? Agreement,
    ShareDocument? OtherInTop5,
    string? Label
)
{
    public static EvaluationDocument From(
        EvaluationOutput output,
        ReadingDocument reading,
        AccuracyRecord? record,
        string? against
    ) =>
        new(
            1,
            reading.At,
            reading.Engine.Model,
            reading.Engine.ModelSha256,
            reading.Engine.Precision,
            reading.Engine.Provider,
            reading.Images.Ok,
            reading.Images.Failed,
            record is null ? null : ShareDocument.From(output.Top1),
            record is null ? null : ShareDocument.From(output.Top5),
            against,
            against is null ? null : ShareDocument.From(output.Agreement),
            against is null ? null : ShareDocument.From(output.OtherInTop5),
            record?.Label
        );
}
