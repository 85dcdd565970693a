using System.Globalization;
using System.Xml.Linq;

namespace InferenceMeter.Reports;

/// <summary>Elements of a drawing. Text is a text node and never markup, whatever it holds.</summary>
internal static class Svg
{
    private static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    /// <summary>A drawing that says in words what it shows.</summary>
    public static XElement Drawing(
        string id,
        double width,
        double height,
        string title,
        string description,
        params object?[] content
    ) =>
        new(
            Namespace + "svg",
            new XAttribute("viewBox", $"0 0 {N(width)} {N(height)}"),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", $"{id}-title {id}-desc"),
            new XElement(Namespace + "title", new XAttribute("id", $"{id}-title"), title),
            new XElement(Namespace + "desc", new XAttribute("id", $"{id}-desc"), description),
            content
        );

    public static XElement Line(double x1, double y1, double x2, double y2, string style) =>
        Element("line", style, ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    public static XElement Text(double x, double y, string text, string style, string anchor = "start") =>
        new(
            Namespace + "text",
            new XAttribute("x", N(x)),
            new XAttribute("y", N(y)),
            new XAttribute("class", style),
            new XAttribute("text-anchor", anchor),
            text
        );

    /// <summary>A run: a disc, hollow when it is INVALID.</summary>
    public static XElement Disc(double x, double y, double radius, string style, string hint) =>
        Hint(Element("circle", style, ("cx", x), ("cy", y), ("r", radius)), hint);

    /// <summary>A reference: a square on its corner, so that it is told from a run without colours.</summary>
    public static XElement Diamond(double x, double y, double size, string style, string hint) =>
        Hint(
            new XElement(
                Namespace + "path",
                new XAttribute("class", style),
                new XAttribute(
                    "d",
                    $"M{N(x)} {N(y - size)}L{N(x + size)} {N(y)}L{N(x)} {N(y + size)}L{N(x - size)} {N(y)}Z"
                )
            ),
            hint
        );

    /// <summary>Straight lines through points.</summary>
    public static XElement Path(IEnumerable<(double X, double Y)> points, string style) =>
        new(
            Namespace + "path",
            new XAttribute("class", style),
            new XAttribute("d", "M" + string.Join('L', points.Select(point => $"{N(point.X)} {N(point.Y)}")))
        );

    private static XElement Hint(XElement element, string hint)
    {
        element.Add(new XElement(Namespace + "title", hint));
        return element;
    }

    private static XElement Element(string name, string style, params (string Name, double Value)[] attributes) =>
        new(
            Namespace + name,
            new XAttribute("class", style),
            attributes.Select(attribute => new XAttribute(attribute.Name, N(attribute.Value)))
        );

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
