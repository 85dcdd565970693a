using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using InferenceMeter.LoadTesting;
using InferenceMeter.Settings.Load;

namespace InferenceMeter.Settings;

/// <summary>How the values of an option are written: text outside, a type of its own inside.</summary>
internal sealed record OptionSyntax
{
    /// <summary>What is accepted, in words, such as <c>a number from 0 to 1</c>.</summary>
    public required string Accepted { get; init; }

    /// <summary>Reads a value.</summary>
    public required Func<string, OptionValue> Read { get; init; }

    /// <summary>Writes a default for the help page; <see langword="null"/> when there is none.</summary>
    public Func<object?, string?> Write { get; init; } = value => Convert.ToString(value, CultureInfo.InvariantCulture);

    /// <summary>Whether decimals may be typed, and so a decimal comma by mistake.</summary>
    public bool HasDecimals { get; init; }

    /// <summary>The syntax of a property, by its type and its range.</summary>
    public static OptionSyntax Of(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var range = property.GetCustomAttribute<RangeAttribute>();
        if (type == typeof(int))
            return Number<int>("a whole number", range!);
        if (type == typeof(double))
            return Number<double>("a number", range!);
        if (type == typeof(IReadOnlyList<int>))
            return List<int>("whole numbers", range!);
        if (type == typeof(IReadOnlyList<double>))
            return List<double>("numbers", range!);
        if (type == typeof(Scenario))
            return OneOf(ScenarioNames.All);
        if (type == typeof(LoadProtocol))
            return OneOf(LoadProtocolNames.All);
        if (type == typeof(LatencyBound))
            return LatencyBound.Syntax;
        if (type == typeof(Uri))
            return LoadAddress.Syntax;
        if (type == typeof(bool))
            return OneOf(new Dictionary<string, bool>(StringComparer.Ordinal) { ["true"] = true, ["false"] = false });
        if (type == typeof(string))
            return Text;
        throw new NotSupportedException($"{property.DeclaringType}.{property.Name} has a type that cannot be typed");
    }

    private static OptionSyntax Text { get; } =
        new()
        {
            Accepted = "text",
            Read = text => string.IsNullOrWhiteSpace(text) ? OptionValue.Refuse(text) : OptionValue.Of(text),
        };

    private static OptionSyntax Number<T>(string kind, RangeAttribute range)
        where T : struct, INumber<T>
    {
        var (least, most) = Bounds<T>(range);
        return new OptionSyntax
        {
            Accepted = $"{kind} from {Grouped(least)} to {Grouped(most)}",
            Read = text =>
                TryParse(text, least, most, out var value) ? OptionValue.Of(value) : OptionValue.Refuse(text),
            HasDecimals = typeof(T) == typeof(double),
        };
    }

    private static OptionSyntax List<T>(string kind, RangeAttribute range)
        where T : struct, INumber<T>
    {
        var (least, most) = Bounds<T>(range);
        return new OptionSyntax
        {
            Accepted = $"{kind} from {Grouped(least)} to {Grouped(most)} with commas between them",
            Read = text =>
            {
                var values = new List<T>();
                foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
                {
                    if (!TryParse<T>(part, least, most, out var value))
                        return OptionValue.Refuse(part);
                    values.Add(value);
                }

                return OptionValue.Of(values.Distinct().ToArray());
            },
        };
    }

    private static OptionSyntax OneOf<T>(IReadOnlyDictionary<string, T> names)
        where T : struct =>
        new()
        {
            Accepted = string.Join(" or ", names.Keys),
            Read = text => names.TryGetValue(text, out var value) ? OptionValue.Of(value) : OptionValue.Refuse(text),
            Write = value => names.FirstOrDefault(pair => pair.Value.Equals(value)).Key,
        };

    private static bool TryParse<T>(string text, T least, T most, out T value)
        where T : struct, INumber<T>
    {
        var style = typeof(T) == typeof(double) ? NumberStyles.Float : NumberStyles.Integer;
        // NaN is neither too small nor too large: ask for what is inside.
        return T.TryParse(text, style, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;
    }

    private static (T Least, T Most) Bounds<T>(RangeAttribute range)
        where T : struct, INumber<T> => ((T)range.Minimum, (T)range.Maximum);

    private static string Grouped<T>(T bound)
        where T : struct, INumber<T> => bound.ToString("#,0.######", CultureInfo.InvariantCulture);
}
