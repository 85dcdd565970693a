using System.Runtime.InteropServices;

namespace InferenceMeter.Inference;

/// <summary>Gives memory that loading a model used, and that nothing will use again, back to the machine.</summary>
internal static partial class ProcessMemory
{
    /// <summary>Collects garbage, and returns the C library's free pages.</summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            // glibc keeps what a closed session freed: 200 MB after ResNet-50.
            _ = malloc_trim(0);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library (musl): it gives back by itself.
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int malloc_trim(nuint pad);
}
