namespace InferenceMeter.Settings;

/// <summary>Commands that take a setting on their command line.</summary>
[Flags]
internal enum CommandScopes
{
    None = 0,
    Serve = 1,
    Bench = 2,
    Price = 4,
    Evaluate = 8,
    Tune = 16,
    Load = 32,
    Models = 64,
    Running = Serve | Bench | Evaluate | Tune | Load,
    All = Running | Price | Models,
}

/// <summary>
/// Makes a property a setting: one definition for the configuration key, the command line, its help and its validation.
/// </summary>
/// <param name="option">Name on the command line, such as <c>--batch</c>.</param>
/// <param name="description">
/// One line for <c>--help</c>: what it is, its unit, and its default where that is not a plain value.
/// </param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute(string option, string description) : Attribute
{
    public string Option { get; } = option;

    public string Description { get; } = description;

    public CommandScopes Commands { get; init; } = CommandScopes.Running;

    /// <summary>Placeholder of the value in the help.</summary>
    public string? Value { get; init; }
}
