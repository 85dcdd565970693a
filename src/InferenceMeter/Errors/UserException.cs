namespace InferenceMeter.Errors;

/// <summary>Something the user can mend; the message is one line that says what, where and how.</summary>
internal sealed class UserException(string message, int exitCode = ExitCodes.BadSettings) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
