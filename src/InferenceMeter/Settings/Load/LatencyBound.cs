using InferenceMeter.LoadTesting;

namespace InferenceMeter.Settings.Load;

/// <summary>A latency bound that was chosen.</summary>
/// <param name="Seconds">The bound; <see langword="null"/> for none.</param>
internal sealed record LatencyBound(double? Seconds)
{
    /// <summary>MLPerf's bound for ResNet-50 in the server scenario, as it is typed.</summary>
    public const string Mlperf = "15ms";

    private const string None = "none";

    public static OptionSyntax Syntax { get; } = new() { Accepted = $"{Times.Accepted}, or {None}", Read = Read };

    /// <summary>The bound where none was typed.</summary>
    public static LatencyBound Default(Scenario scenario) =>
        scenario == Scenario.Server && Times.TryParse(Mlperf, out var seconds)
            ? new LatencyBound(seconds)
            : new LatencyBound(Seconds: null);

    private static OptionValue Read(string text)
    {
        if (text == None)
            return OptionValue.Of(new LatencyBound(Seconds: null));
        return Times.TryParse(text, out var seconds)
            ? OptionValue.Of(new LatencyBound(seconds))
            : OptionValue.Refuse(text);
    }
}
