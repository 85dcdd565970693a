namespace InferenceMeter.Reports;

/// <summary>Keeps the labels of a drawing apart from each other and from its points.</summary>
/// <param name="lineHeight">Of a label.</param>
/// <param name="characterWidth">About; of a label.</param>
internal sealed class LabelSpace(double lineHeight, double characterWidth)
{
    private const double Point = 7;
    private const double Step = 4;
    private const int Furthest = 24;

    private readonly List<(double Left, double Right, double Top, double Bottom)> _taken = [];

    /// <summary>A point stands here.</summary>
    public void Keep(double x, double y) => _taken.Add((x - Point, x + Point, y - Point, y + Point));

    /// <summary>
    /// The baseline nearest to <paramref name="y"/> on which a text that begins at <paramref name="x"/> is free; above
    /// and below in turns.
    /// </summary>
    public double Take(double x, double y, string text)
    {
        for (var i = 0; i <= Furthest; i++)
        {
            var at = y + ((i % 2 == 0 ? 1 : -1) * ((i + 1) / 2) * Step);
            var box = (
                Left: x,
                Right: x + (text.Length * characterWidth),
                Top: at - (0.8 * lineHeight),
                Bottom: at + (0.2 * lineHeight)
            );
            if (
                i < Furthest
                && _taken.Any(other =>
                    box.Left < other.Right && other.Left < box.Right && box.Top < other.Bottom && other.Top < box.Bottom
                )
            )
                continue;
            _taken.Add(box);
            return at;
        }

        return y;
    }
}
