using System.Diagnostics;
using System.Globalization;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Runs other programs that write archives.</summary>
internal static class OtherWriters
{
    /// <summary>Runs a script of Python, whose standard library writes tar and zip archives.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="script">Its lines.</param>
    public static Task Python(string folder, string script) => Run(folder, "python3", "-c", script);

    /// <summary>Runs a program to its end, which must be a good one.</summary>
    public static async Task Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        Assert.True(
            process.ExitCode == 0,
            string.Create(CultureInfo.InvariantCulture, $"{program} ended with {process.ExitCode}: {errors}")
        );
    }
}
