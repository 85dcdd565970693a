namespace InferenceMeter.Reports;

/// <summary>A logarithmic axis from one power of ten to another.</summary>
internal sealed class LogAxis
{
    private readonly double _from;
    private readonly double _to;
    private readonly double _start;
    private readonly double _end;

    /// <param name="values">To be shown, each above 0; others are left out.</param>
    /// <param name="start">Where the smallest stands.</param>
    /// <param name="end">Where the largest stands.</param>
    public LogAxis(IEnumerable<double> values, double start, double end)
    {
        var logs = values.Where(value => value > 0 && double.IsFinite(value)).Select(Math.Log10).DefaultIfEmpty(0).ToArray();
        (_from, _to, _start, _end) = (Math.Floor(logs.Min() - 0.02), Math.Ceiling(logs.Max() + 0.02), start, end);
    }

    /// <summary>The powers of ten on it; every second where there are many.</summary>
    public IEnumerable<double> Ticks => Enumerable.Range((int)_from, (int)(_to - _from) + 1).Where(power => _to - _from <= 10 || power % 2 == 0).Select(power => Math.Pow(10, power));

    /// <summary>Where a value stands, kept on the axis.</summary>
    public double At(double value) => Math.Clamp(Beyond(value), Math.Min(_start, _end), Math.Max(_start, _end));

    /// <summary>Where it would stand if the axis did not end.</summary>
    public double Beyond(double value) => value > 0 ? _start + ((Math.Log10(value) - _from) / (_to - _from) * (_end - _start)) : _start;
}
