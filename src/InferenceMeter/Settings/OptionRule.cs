namespace InferenceMeter.Settings;

/// <summary>A rule that one option alone does not show.</summary>
/// <param name="Names">
/// Options that it looks at. When one of them cannot be read, the rule is not asked: it would judge by a default that
/// nobody chose.
/// </param>
/// <param name="Check">
/// Takes the options and the names of those that were typed; returns what is wrong, or <see langword="null"/>.
/// </param>
internal sealed record OptionRule<T>(IReadOnlyList<string> Names, Func<T, IReadOnlySet<string>, string?> Check);
