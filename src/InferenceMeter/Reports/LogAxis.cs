namespace InferenceMeter.Reports;

/// <summary>
/// A logarithmic axis: from one power of ten to another, or, for values that lie close together, between steps of 1, 2
/// and 5.
/// </summary>
internal sealed class LogAxis
{
    /// <summary>Decades up to which steps of 1, 2 and 5 are told apart.</summary>
    private const double Close = 1.6;

    private readonly double _from;
    private readonly double _to;
    private readonly double _start;
    private readonly double _end;

    /// <param name="values">To be shown, each above 0; others are left out.</param>
    /// <param name="start">Where the smallest stands.</param>
    /// <param name="end">Where the largest stands.</param>
    public LogAxis(IEnumerable<double> values, double start, double end)
    {
        var logs = values
            .Where(value => value > 0 && double.IsFinite(value))
            .Select(Math.Log10)
            .DefaultIfEmpty(0)
            .ToArray();
        var (least, most) = (logs.Min() - 0.02, logs.Max() + 0.02);
        var powers = Enumerable
            .Range((int)Math.Floor(least), (int)(Math.Ceiling(most) - Math.Floor(least)) + 1)
            .ToArray();
        var steps =
            most - least > Close
                ? [.. powers.Select(power => (double)power)]
                : powers.SelectMany(power => new[] { power, power + Math.Log10(2), power + Math.Log10(5) }).ToArray();
        _from = steps.Last(step => step <= least);
        _to = steps.First(step => step >= most);
        _start = start;
        _end = end;
        Ticks =
        [
            .. steps
                .Where(step => step >= _from && step <= _to && (powers.Length <= 11 || step % 2 == 0))
                .Select(step => Math.Round(Math.Pow(10, step), 12)),
        ];
    }

    /// <summary>The steps on it; every second power where there are many.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value stands, kept on the axis.</summary>
    public double At(double value) => Math.Clamp(Beyond(value), Math.Min(_start, _end), Math.Max(_start, _end));

    /// <summary>Where it would stand if the axis did not end.</summary>
    public double Beyond(double value) =>
        value > 0 ? _start + ((Math.Log10(value) - _from) / (_to - _from) * (_end - _start)) : _start;
}
