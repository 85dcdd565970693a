using System.ComponentModel;
using System.Diagnostics;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>
/// A test of what the program may not read. Root may read everything, so as root the program is started as somebody
/// else; skipped where that is not possible, such as in a folder that is closed to others.
/// </summary>
internal sealed class NobodyFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> CanRun = new(TryRun);

    public NobodyFactAttribute() =>
        Skip = CanRun.Value ? null : "needs setpriv, and a program that every user may start";

    /// <summary>Goes before the command of a program that is to run without privileges.</summary>
    public static IReadOnlyList<string> Prefix { get; } =
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];

    private static bool TryRun()
    {
        string[] command = [.. Prefix, RunningMeter.Executable, "--version"];
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(command[0], command[1..])
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
