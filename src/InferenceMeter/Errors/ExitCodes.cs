namespace InferenceMeter.Errors;

/// <summary>What the program tells its caller.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It ran, and some images failed, the verdict is INVALID, or every device was lost.</summary>
    public const int Failed = 1;

    /// <summary>It could not start: settings, files, ports.</summary>
    public const int BadSettings = 2;

    /// <summary>Ended by a second Ctrl-C before it had drained (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
