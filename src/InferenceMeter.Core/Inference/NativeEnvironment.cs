using System.Runtime.InteropServices;

namespace InferenceMeter.Inference;

/// <summary>Environment variables as native libraries see them: on Unix, .NET keeps its own copy.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable that the user has not set; before the library that reads it is loaded.</summary>
    public static void SetDefault(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is not null)
            return;
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows())
            _ = setenv(name, value, overwrite: 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}
