namespace InferenceMeter.Settings;

/// <summary>What became of the text that was typed for an option.</summary>
/// <param name="Value">The value, when nothing is refused.</param>
/// <param name="Refused">The part of the text that cannot be read; <see langword="null"/> when all of it can.</param>
internal readonly record struct OptionValue(object? Value, string? Refused)
{
    public static OptionValue Of(object? value) => new(value, null);

    public static OptionValue Refuse(string part) => new(null, part);
}
