namespace InferenceMeter.Settings;

/// <summary>The options of a command, or every reason why they cannot be used.</summary>
internal sealed record OptionsResult<T>(T Options, IReadOnlyList<string> Errors);
