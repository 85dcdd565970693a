using Microsoft.Win32.SafeHandles;

namespace InferenceMeter.Images.Folders;

/// <summary>Folders and files by every name they can have; on Linux also by names that are not UTF-8.</summary>
internal static class FileSystem
{
    /// <summary>The names in a folder, in no particular order.</summary>
    /// <exception cref="IOException">It cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be listed.</exception>
    public static List<FolderEntry> List(string folder) =>
        OperatingSystem.IsLinux()
            ? LinuxFiles.List(folder)
            : [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything).Select(Describe)];

    /// <summary>What a path leads to, links followed.</summary>
    public static EntryKind KindOf(string path)
    {
        if (OperatingSystem.IsLinux())
            return LinuxFiles.KindOf(path);
        if (Directory.Exists(path))
            return EntryKind.Folder;
        return File.Exists(path) ? EntryKind.File : EntryKind.Gone;
    }

    /// <summary>A text that is the same for all paths to one folder.</summary>
    public static string IdentityOf(string folder) =>
        OperatingSystem.IsLinux() ? LinuxFiles.IdentityOf(folder) : RealPath(folder);

    /// <summary>The full path without links; for one that leads nowhere, only the full path.</summary>
    public static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsLinux())
            return LinuxFiles.RealPath(full) ?? full;
        return new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
    }

    /// <summary>Opens a file for reading from front to back.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a pipe or a device.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle OpenRead(string file)
    {
        if (KindOf(file) == EntryKind.Special)
            throw new IOException($"{file} is no ordinary file");
        return OperatingSystem.IsLinux() && RawName.IsRaw(file)
            ? LinuxFiles.Open(file)
            : File.OpenHandle(file, options: FileOptions.SequentialScan);
    }

    private static EnumerationOptions Everything { get; } =
        new()
        {
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = false,
            ReturnSpecialDirectories = false,
        };

    private static FolderEntry Describe(FileSystemInfo entry) =>
        new(entry.Name, KindOf(entry.FullName), IsLink: entry.LinkTarget is not null);
}
