using InferenceMeter.Metering;

namespace InferenceMeter.Documents;

/// <summary>A figure with its 95 % confidence interval.</summary>
internal sealed record IntervalDocument(double Estimate, double Low, double? High)
{
    public static IntervalDocument? From(Estimate? estimate) => estimate is { } e ? new(e.Value, e.Low, e.High) : null;
}
